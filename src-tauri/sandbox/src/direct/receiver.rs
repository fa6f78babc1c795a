//! The mail server of one EHR: takes letters for its own address, on this machine only.
//!
//! ESMTP (RFC 5321), as much as a sender needs: EHLO, MAIL, RCPT, DATA, RSET, NOOP, QUIT. A letter is answered with 250
//! only after its records are in the chart.

use std::{io, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinSet,
};

use crate::hospital::Site;

use super::{Post, address::Address, take_in};

/// Longest command line (RFC 5321 §4.5.3.1.4), generously.
const LONGEST_LINE: u64 = 2_000;

/// Largest letter, announced as SIZE.
const LARGEST: usize = 32 * 1024 * 1024;

/// How long a silent sender is listened to.
const PATIENCE: Duration = Duration::from_secs(30);

/// Most conversations at once.
const MOST: usize = 8;

/// Listens until the sandbox stops.
pub(crate) async fn run(site: Site, listener: TcpListener) {
    let mut talks = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = site.stop.cancelled() => return,
            Some(_) = talks.join_next(), if !talks.is_empty() => {}
            accepted = listener.accept(), if talks.len() < MOST => {
                if let Ok((stream, _)) = accepted {
                    let site = Site::clone(&site);
                    talks.spawn(async move {
                        let _ = Talk::new(site, stream).run().await;
                    });
                }
            }
        }
    }
}

/// One conversation.
struct Talk {
    site: Site,
    lines: BufReader<OwnedReadHalf>,
    out: OwnedWriteHalf,
    /// From MAIL; none before it.
    from: Option<Address>,
    /// Whether RCPT named this EHR.
    to_us: bool,
}

impl Talk {
    fn new(site: Site, stream: TcpStream) -> Self {
        let (read, out) = stream.into_split();
        Self { site, lines: BufReader::new(read), out, from: None, to_us: false }
    }

    async fn run(mut self) -> io::Result<()> {
        let site = Site::clone(&self.site);
        let Some(post) = &site.post else { return Ok(()) };
        let domain = post.mailbox.address.domain();
        self.say(&format!("220 {domain} ESMTP")).await?;
        while let Some(line) = self.line(LONGEST_LINE).await? {
            let line = String::from_utf8_lossy(&line).trim_end().to_owned();
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "EHLO" => {
                    self.say(&format!("250-{domain}\r\n250-8BITMIME\r\n250 SIZE {LARGEST}")).await?;
                }
                "HELO" => self.say(&format!("250 {domain}")).await?,
                "MAIL" => self.mail(rest).await?,
                "RCPT" => self.rcpt(post, rest).await?,
                "DATA" if self.to_us => self.data(post).await?,
                "DATA" => self.say("503 5.5.1 first MAIL and RCPT").await?,
                "RSET" => {
                    self.reset();
                    self.say("250 2.0.0 forgotten").await?;
                }
                "NOOP" => self.say("250 2.0.0 fine").await?,
                "QUIT" => return self.say("221 2.0.0 goodbye").await,
                _ => self.say("500 5.5.2 not understood").await?,
            }
        }
        Ok(())
    }

    async fn mail(&mut self, rest: &str) -> io::Result<()> {
        self.reset();
        self.from = path(rest, "FROM:").and_then(|path| Address::parse(&path));
        let answer = if self.from.is_some() { "250 2.1.0 go on" } else { "501 5.1.7 no such sender" };
        self.say(answer).await
    }

    async fn rcpt(&mut self, post: &Post, rest: &str) -> io::Result<()> {
        if self.from.is_none() {
            return self.say("503 5.5.1 first MAIL").await;
        }
        let to = path(rest, "TO:").and_then(|path| Address::parse(&path));
        if to.as_ref() == Some(&post.mailbox.address) {
            self.to_us = true;
            return self.say("250 2.1.5 go on").await;
        }
        self.say("550 5.1.1 there is no such mailbox here").await
    }

    async fn data(&mut self, post: &Post) -> io::Result<()> {
        self.say("354 go on, end with a dot").await?;
        let Some(letter) = self.letter().await? else {
            self.reset();
            return self.say("552 5.3.4 too large").await;
        };
        let from = self.from.take();
        self.reset();
        let answer = match from.map(|from| take_in::letter(&self.site, post, &from, &letter)) {
            Some(Ok(records)) => format!("250 2.0.0 {records} records taken"),
            Some(Err(reason)) => format!("554 5.7.1 {reason}"),
            None => "503 5.5.1 first MAIL".to_owned(),
        };
        self.say(&answer).await
    }

    /// The lines up to the lone dot, unstuffed (RFC 5321 §4.5.2); none when there were too many.
    async fn letter(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut letter = Vec::new();
        loop {
            let limit = u64::try_from(LARGEST).unwrap_or(u64::MAX);
            let line = self.line(limit).await?.ok_or(io::ErrorKind::UnexpectedEof)?;
            if line == b".\r\n" {
                return Ok((letter.len() <= LARGEST).then_some(letter));
            }
            if letter.len() <= LARGEST {
                letter.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
            }
        }
    }

    /// One line with its end; none at the end of the stream.
    async fn line(&mut self, longest: u64) -> io::Result<Option<Vec<u8>>> {
        let mut line = Vec::new();
        let mut limited = (&mut self.lines).take(longest);
        let read = limited.read_until(b'\n', &mut line);
        tokio::time::timeout(PATIENCE, read).await.map_err(|_| io::ErrorKind::TimedOut)??;
        if line.is_empty() {
            return Ok(None);
        }
        if !line.ends_with(b"\n") {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(Some(line))
    }

    async fn say(&mut self, answer: &str) -> io::Result<()> {
        self.out.write_all(format!("{answer}\r\n").as_bytes()).await
    }

    fn reset(&mut self) {
        self.from = None;
        self.to_us = false;
    }
}

/// The address between angle brackets after `FROM:` or `TO:`.
fn path(rest: &str, name: &str) -> Option<String> {
    let start = rest.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name))?;
    let after = rest.get(start.len()..)?.trim_start().strip_prefix('<')?;
    after.split_once('>').map(|(path, _)| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn reads_the_path_of_a_command() {
        assert_eq!(path("FROM:<a@b.example> SIZE=10", "FROM:").as_deref(), Some("a@b.example"));
        assert_eq!(path("to: <a@b.example>", "TO:").as_deref(), Some("a@b.example"));
        for odd in ["FROM:a@b.example", "TO:<a@b.example", "", "FROM"] {
            assert_eq!(path(odd, "FROM:"), None, "{odd}");
        }
    }
}

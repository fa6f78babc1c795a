//! Opening the mail rooms of a pair: a key, a certificate and a listening socket each, and each other's address.
//!
//! Only sockets of this machine are bound, and only such are handed letters: anything else is refused at the start.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use tokio::{
    net::TcpListener,
    sync::{Mutex, Notify},
};

use crate::{
    hospital::Names,
    store::Store,
    ways::{MailServer, Ways},
};

use super::{
    Post,
    certificate::{Mailbox, MailboxError, Register},
    own_address,
};

/// Why a mail room cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MailRoomError {
    #[error("letters may only be handed to a mail server on this machine, not to {0}")]
    Outside(SocketAddr),
    #[error("an EHR has no mail address")]
    Address,
    #[error(transparent)]
    Mailbox(#[from] MailboxError),
    #[error("no socket for mail: {0}")]
    Socket(#[from] io::Error),
}

/// A mail room that does not know the other yet.
pub(crate) struct MailRoom {
    mailbox: Mailbox,
    listener: TcpListener,
}

/// Makes what one EHR needs to mail; none when it does not.
pub(crate) async fn open(
    store: &Store,
    names: &Names,
    ways: &Ways,
) -> Result<Option<MailRoom>, MailRoomError> {
    let Some(direct) = &ways.direct else { return Ok(None) };
    if let MailServer::At(server) = direct.server
        && !server.ip().is_loopback()
    {
        return Err(MailRoomError::Outside(server));
    }
    let address = own_address(names.slug).ok_or(MailRoomError::Address)?;
    let mailbox = Mailbox::load_or_make(store, address)?;
    // Nobody outside remembers this port, so it may differ after a restart.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    Ok(Some(MailRoom { mailbox, listener }))
}

/// The mail rooms of a pair, and where each listens.
pub(crate) type Connected = ([Option<Post>; 2], [Option<TcpListener>; 2]);

/// Tells each mail room where the other is and how letters to it are sealed.
pub(crate) fn connect(rooms: [Option<MailRoom>; 2], ways: &[Ways; 2]) -> Result<Connected, MailRoomError> {
    let [one, two] = rooms;
    let [one_ways, two_ways] = ways;
    let first = post(one.as_ref(), two.as_ref(), one_ways)?;
    let second = post(two.as_ref(), one.as_ref(), two_ways)?;
    let take = |room: Option<MailRoom>, half: Option<(Option<SocketAddr>, Register)>, ways: &Ways| {
        let (Some(room), Some((server, register)), Some(direct)) = (room, half, &ways.direct) else {
            return (None, None);
        };
        let post = Post {
            mailbox: room.mailbox,
            server,
            register,
            form: direct.form,
            gate: Mutex::new(()),
            wake: Notify::new(),
        };
        (Some(post), Some(room.listener))
    };
    let (first, first_listens) = take(one, first, one_ways);
    let (second, second_listens) = take(two, second, two_ways);
    Ok(([first, second], [first_listens, second_listens]))
}

/// Server and certificates of one mail room.
fn post(
    own: Option<&MailRoom>,
    peer: Option<&MailRoom>,
    ways: &Ways,
) -> io::Result<Option<(Option<SocketAddr>, Register)>> {
    let (Some(_), Some(direct)) = (own, &ways.direct) else { return Ok(None) };
    let server = match direct.server {
        MailServer::At(server) => Some(server),
        MailServer::Peer => peer.map(|peer| peer.listener.local_addr()).transpose()?,
    };
    let mut register = Register::of(&direct.certificates);
    if let Some(peer) = peer {
        register.add(&peer.mailbox);
    }
    Ok(Some((server, register)))
}

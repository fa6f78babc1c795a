//! The log: times, names of exchanges, hosts, states and codes. No bodies, no queries, no names, no secrets.
//! Two files of at most one MiB, for the owner only.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

const MOST: u64 = 1024 * 1024;

/// Starts to write the log. Without a folder to write to, there is none.
pub(crate) fn start(folder: &Path) {
    let Ok(file) = LogFile::open(folder) else { return };
    let ours = EnvFilter::new("warn,consentry=info,consentry_core=info,consentry_sandbox=info");
    let log = tracing_subscriber::fmt().json().with_env_filter(ours).with_writer(file).finish();
    // A second start in one process (tests) keeps the first log.
    let _ = tracing::subscriber::set_global_default(log);
}

struct LogFile {
    path: PathBuf,
    file: Mutex<File>,
}

impl LogFile {
    fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        #[cfg(unix)]
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
        let path = folder.join("consentry.log");
        Ok(Self { file: Mutex::new(open(&path)?), path })
    }

    fn write(&self, line: &[u8]) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.metadata()?.len() > MOST {
            fs::rename(&self.path, self.path.with_extension("log.1"))?;
            *file = open(&self.path)?;
        }
        file.write_all(line)
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// One line on its way to the file.
struct LineWriter<'a>(&'a LogFile);

impl Write for LineWriter<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write(line)?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for LogFile {
    type Writer = LineWriter<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        LineWriter(self)
    }
}

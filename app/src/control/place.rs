//! Where the socket is, and whose turn it is to own it.

use super::ControlError;
use crate::text::reason;
use std::env;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

const SOCKET: &str = "control.sock";
const LOCK: &str = "control.lock";

/// The right to be the running Hark of this user and runtime folder, until it is dropped or the program
/// ends. Who connects waits until [`super::Server::start`] takes it up.
#[derive(Debug)]
pub struct Claim {
    /// Listening already.
    pub(super) listener: UnixListener,
    /// Where, as long as nobody has taken the socket away.
    pub(super) socket: PathBuf,
    /// The right itself: a lock, which the system frees at the end of the program.
    _lock: File,
}

/// Claims the usual place; `None` if another program has it.
///
/// # Errors
/// [`ControlError::Place`] if there is no safe place for a socket.
pub fn claim() -> Result<Option<Claim>, ControlError> {
    Claim::take(&folder())
}

/// The folder of the socket, which need not exist yet.
pub fn folder() -> PathBuf {
    let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    match runtime.filter(|folder| folder.is_absolute() && folder.is_dir()) {
        Some(folder) => folder.join("hark"),
        None => env::temp_dir().join(format!("hark-{}", own_user())),
    }
}

/// The socket in a folder of [`folder`]'s kind.
///
/// # Errors
/// [`ControlError::NotRunning`] if there is no such folder, [`ControlError::Place`] if somebody else
/// may have put something there.
pub fn socket_in(folder: &Path) -> Result<PathBuf, ControlError> {
    match check(folder) {
        Ok(()) => Ok(folder.join(SOCKET)),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(ControlError::NotRunning),
        Err(error) => Err(place(folder, &error)),
    }
}

/// The user that this program runs for.
pub fn own_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

impl Claim {
    /// Claims the place in this folder, which is made if it is missing; `None` if another program has it.
    ///
    /// # Errors
    /// [`ControlError::Place`] if the folder is not safe, or no socket can be made in it.
    pub fn take(folder: &Path) -> Result<Option<Self>, ControlError> {
        Self::try_take(folder).map_err(|error| place(folder, &error))
    }

    fn try_take(folder: &Path) -> io::Result<Option<Self>> {
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => check(folder)?,
        }
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(folder.join(LOCK))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let socket = folder.join(SOCKET);
        // Whoever made it has ended, or would hold the lock.
        match fs::remove_file(&socket) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&socket)?;
        fs::set_permissions(&socket, Permissions::from_mode(0o600))?;
        Ok(Some(Self { listener, socket, _lock: lock }))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // The lock is still held, so it is nobody else's. Where it is gone, that was the aim.
        let _ = fs::remove_file(&self.socket);
    }
}

/// Whether the folder is this user's and nobody else's. Not so strict a mode is mended.
fn check(folder: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(folder)?;
    if !found.is_dir() {
        return Err(io::Error::new(ErrorKind::NotADirectory, "it is not a folder"));
    }
    if found.uid() != own_user() {
        return Err(io::Error::new(ErrorKind::PermissionDenied, "it belongs to another user"));
    }
    if found.mode() & 0o077 != 0 {
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn place(folder: &Path, error: &io::Error) -> ControlError {
    ControlError::Place(format!("{}: {}", folder.display(), reason(error)))
}

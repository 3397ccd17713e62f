//! Programs that were started: heard for a limited time, and ended with all that they started.
//!
//! A program leads a group of processes of its own, so that what it started ends with it. Only a
//! program that ended by itself and closed its output may leave something behind. Where there are
//! no such groups (Windows), the program alone is ended. A group of its own is also out of reach of
//! the terminal: a run that is broken off there ends these programs by closing their output.

use std::io::{self, Cursor, Read};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::time::Duration;

/// How long a program may take to end once it has closed its output, and how often it is asked.
const END_ROUNDS: u32 = 250;
const END_ROUND: Duration = Duration::from_millis(20);

/// How much of an output is passed on at a time, and how often before someone listens.
const PART_BYTES: usize = 1 << 16;
const PARTS_AHEAD: usize = 4;

/// A program that was started.
pub(crate) struct Started {
    child: Child,
    /// Whether its end was taken note of: from then on its number may be another's.
    has_ended: bool,
}

impl Started {
    /// Starts a program at the head of a group of its own.
    pub(crate) fn new(mut command: Command) -> io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        Ok(Self { child: command.spawn()?, has_ended: false })
    }

    /// Where it takes its input from, if that is a pipe.
    pub(crate) fn input(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// Where it writes, if that is a pipe.
    pub(crate) fn output(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// Where it complains, if that is a pipe.
    pub(super) fn complaint(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// How it ended; nothing if it goes on although its output is closed.
    pub(super) fn end(&mut self) -> Option<ExitStatus> {
        (0..END_ROUNDS).find_map(|_| {
            let ended = self.child.try_wait().ok().flatten();
            self.has_ended |= ended.is_some();
            if ended.is_none() {
                std::thread::sleep(END_ROUND);
            }
            ended
        })
    }

    /// Ends it and all that it started, unless it ended by itself.
    pub(crate) fn stop(mut self) {
        if self.has_ended {
            return;
        }
        #[cfg(unix)]
        if let Some(group) =
            i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw)
        {
            // Nothing is left of a group that is not there.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads a pipe to its end on a thread of its own, so that neither a full pipe nor a silent
/// program holds anything up. What exceeds the limit is left in the pipe.
pub(crate) fn take(pipe: impl Read + Send + 'static, most: u64) -> Receiver<Vec<u8>> {
    let (tell, heard): (Sender<Vec<u8>>, _) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // A pipe that breaks ends what was said; the program's end tells whether it failed.
        let _ = pipe.take(most).read_to_end(&mut bytes);
        let _ = tell.send(bytes);
    });
    heard
}

/// A pipe that is read part by part: a program that stays silent for too long is an error.
pub(super) struct Parts {
    heard: Receiver<Vec<u8>>,
    part: Cursor<Vec<u8>>,
    wait: Duration,
}

impl Parts {
    /// Listens to a pipe on a thread of its own.
    pub(super) fn of(mut pipe: impl Read + Send + 'static, wait: Duration) -> Self {
        let (tell, heard): (SyncSender<Vec<u8>>, _) = sync_channel(PARTS_AHEAD);
        std::thread::spawn(move || {
            let mut part = vec![0; PART_BYTES];
            // A pipe that breaks ends what was said, as its end does.
            while let Ok(length @ 1..) = pipe.read(&mut part) {
                part.truncate(length);
                if tell.send(std::mem::replace(&mut part, vec![0; PART_BYTES])).is_err() {
                    break;
                }
            }
        });
        Self { heard, part: Cursor::default(), wait }
    }
}

impl Read for Parts {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.part.read(into)?;
        if read > 0 || into.is_empty() {
            return Ok(read);
        }
        match self.heard.recv_timeout(self.wait) {
            Ok(part) => self.part = Cursor::new(part),
            Err(RecvTimeoutError::Disconnected) => return Ok(0),
            Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::TimedOut.into()),
        }
        self.part.read(into)
    }
}

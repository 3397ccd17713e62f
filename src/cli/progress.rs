//! Progress on standard error, for what takes more than half a second.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How long something may take before anything is shown.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often what is shown moves.
const TICK: Duration = Duration::from_millis(120);

/// Whether progress is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Progress {
    /// No: nobody looks, or somebody asked for silence.
    #[default]
    Silent,
    /// On the terminal.
    Shown,
}

impl Progress {
    /// Does something, and tells that it goes on if it takes long. Nothing of it stays.
    pub(super) fn during<T>(self, what: &'static str, run: impl FnOnce() -> T) -> T {
        match self {
            Self::Silent => run(),
            Self::Shown => during_on(ProgressDrawTarget::stderr(), what, run),
        }
    }
}

fn during_on<T>(target: ProgressDrawTarget, what: &'static str, run: impl FnOnce() -> T) -> T {
    // Dropped when the work ends, however it ends.
    let (done, is_done) = mpsc::channel::<()>();
    let shown = thread::spawn(move || {
        if is_done.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
            return;
        }
        let bar = ProgressBar::with_draw_target(None, target).with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style.tick_chars("|/-\\ "));
        }
        bar.enable_steady_tick(TICK);
        // An error says that the other end is gone, which is the end.
        let _ = is_done.recv();
        bar.finish_and_clear();
    });
    let result = run();
    drop(done);
    // What could not be shown keeps nothing from being done.
    let _ = shown.join();
    result
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::mpsc::{Sender, channel};
    use std::thread::sleep;
    use std::time::Duration;

    use indicatif::{ProgressDrawTarget, TermLike};

    use super::{Progress, during_on};

    /// A terminal that passes on what is written to it.
    #[derive(Debug)]
    struct Told(Sender<String>);

    impl TermLike for Told {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _n: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _n: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _n: usize) -> io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _n: usize) -> io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.send(text.to_owned()).map_err(io::Error::other)
        }
        fn clear_line(&self) -> io::Result<()> {
            Ok(())
        }
        fn flush(&self) -> io::Result<()> {
            Ok(())
        }
    }

    fn shown(milliseconds: u64) -> String {
        let (tell, told) = channel();
        let target = ProgressDrawTarget::term_like(Box::new(Told(tell)));
        let answer = during_on(target, "collecting", || {
            sleep(Duration::from_millis(milliseconds));
            42
        });
        assert_eq!(answer, 42);
        told.iter().collect()
    }

    #[test]
    fn what_is_quick_says_nothing_and_what_is_not_says_what_it_does() {
        assert_eq!(shown(0), "");
        assert!(shown(900).contains("collecting"));
        assert_eq!(Progress::default(), Progress::Silent);
    }
}

//! Progress on standard error, for what takes more than half a second.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::model::{BlobError, Blobs, Digest};

/// How long something may take before anything is shown.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often what is shown moves.
const TICK: Duration = Duration::from_millis(120);

/// What is shown of work whose end is known.
const BAR: &str = "{spinner} {msg} [{bar:24}] {human_pos} of {human_len} files, {elapsed}";

/// What is shown of work of which only the beginning is.
const COUNT: &str = "{spinner} {msg}: {human_pos} files, {elapsed}";

/// What is shown of work that has no parts.
const SPINNER: &str = "{spinner} {msg}, {elapsed}";

/// Whether progress is shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Progress {
    /// No: nobody looks, or somebody asked for silence.
    #[default]
    Silent,
    /// On the terminal.
    Shown,
}

/// How much of something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Done {
    /// Nobody counts.
    Uncounted,
    /// So many files.
    Files(usize),
    /// So many files of all.
    Of(usize, usize),
}

impl Done {
    const fn template(self) -> &'static str {
        match self {
            Self::Uncounted => SPINNER,
            Self::Files(_) => COUNT,
            Self::Of(..) => BAR,
        }
    }

    fn show(self, bar: &ProgressBar) {
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        match self {
            Self::Uncounted => (),
            Self::Files(files) => bar.set_position(number(files)),
            Self::Of(files, all) => {
                bar.set_length(number(all));
                bar.set_position(number(files.min(all)));
            }
        }
    }
}

impl Progress {
    /// Does something, and tells that it goes on if it takes long. Nothing of it stays.
    pub(super) fn during<T>(self, what: &'static str, run: impl FnOnce() -> T) -> T {
        self.counted(what, || Done::Uncounted, run)
    }

    /// As [`Self::during`], and tells how much is done.
    pub(super) fn counted<T>(
        self,
        what: impl Into<Cow<'static, str>>,
        done: impl Fn() -> Done + Sync,
        run: impl FnOnce() -> T,
    ) -> T {
        match self {
            Self::Silent => run(),
            Self::Shown => counted_on(ProgressDrawTarget::stderr(), what.into(), done, run),
        }
    }

    /// Masked bytes, with a count of those that were asked for where somebody looks.
    pub(super) fn reads<T>(
        self,
        blobs: &dyn Blobs,
        (what, all): (impl Into<Cow<'static, str>>, usize),
        run: impl FnOnce(&dyn Blobs) -> T,
    ) -> T {
        if self == Self::Silent {
            return run(blobs);
        }
        let reads = Reads { blobs, seen: Mutex::default() };
        self.counted(what, || Done::Of(reads.count(), all), || run(&reads))
    }
}

/// Masked bytes, and which of them were asked for.
struct Reads<'b> {
    blobs: &'b dyn Blobs,
    seen: Mutex<BTreeSet<Digest>>,
}

impl Reads<'_> {
    fn count(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Blobs for Reads<'_> {
    fn get(&self, digest: &Digest) -> Result<Cow<'_, [u8]>, BlobError> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(*digest);
        self.blobs.get(digest)
    }
}

fn counted_on<T>(
    target: ProgressDrawTarget,
    what: Cow<'static, str>,
    done: impl Fn() -> Done + Sync,
    run: impl FnOnce() -> T,
) -> T {
    let told = &done;
    thread::scope(|scope| {
        // Dropped when the work ends, however it ends.
        let (end, is_ended) = mpsc::channel::<()>();
        scope.spawn(move || {
            let goes_on = |wait| is_ended.recv_timeout(wait) == Err(RecvTimeoutError::Timeout);
            if !goes_on(PATIENCE) {
                return;
            }
            let bar = ProgressBar::with_draw_target(Some(0), target).with_message(what);
            if let Ok(style) = ProgressStyle::with_template(told().template()) {
                bar.set_style(style.tick_chars("|/-\\ ").progress_chars("=> "));
            }
            loop {
                told().show(&bar);
                bar.tick();
                if !goes_on(TICK) {
                    break;
                }
            }
            bar.finish_and_clear();
        });
        let result = run();
        drop(end);
        result
    })
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::mpsc::{Sender, channel};
    use std::thread::sleep;
    use std::time::Duration;

    use indicatif::{ProgressDrawTarget, TermLike};

    use super::{Done, Progress, Reads, counted_on};
    use crate::model::{Blobs as _, Digest, Limits};

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

    fn shown(milliseconds: u64, done: Done) -> String {
        let (tell, told) = channel();
        let target = ProgressDrawTarget::term_like(Box::new(Told(tell)));
        let answer = counted_on(
            target,
            "collecting".into(),
            || done,
            || {
                sleep(Duration::from_millis(milliseconds));
                42
            },
        );
        assert_eq!(answer, 42);
        told.iter().collect()
    }

    #[test]
    fn what_is_quick_says_nothing_and_what_is_not_says_what_it_does() {
        assert_eq!(shown(0, Done::Files(3)), "");
        let told = shown(900, Done::Uncounted);
        assert!(told.contains("collecting, ") && !told.contains("files"), "{told}");
        let told = shown(900, Done::Files(1234));
        assert!(told.contains("collecting: 1,234 files, "), "{told}");
        let told = shown(900, Done::Of(3, 4));
        assert!(told.contains("collecting [") && told.contains("3 of 4 files, "), "{told}");
        assert_eq!(Progress::default(), Progress::Silent);
    }

    #[test]
    fn a_text_that_is_read_twice_counts_once() {
        let spool = crate::collect::Spool::new(&Limits::STANDARD);
        let digests = [b"a", b"b"].map(|text| {
            spool.put(Digest::of(text), text.to_vec()).unwrap();
            Digest::of(text)
        });
        let reads = Reads { blobs: &spool, seen: std::sync::Mutex::default() };
        for digest in digests.iter().chain(&digests) {
            assert_eq!(reads.get(digest), crate::model::Blobs::get(&spool, digest));
        }
        assert_eq!(reads.count(), 2);
    }
}

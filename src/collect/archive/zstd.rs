//! A zstd stream: one frame after the other, each with its checksum checked.

use std::io::{self, BufRead, Read};

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// The largest window that is kept in memory.
const WINDOW_BYTES_MAX: u64 = 128 << 20;

/// What the frames of a stream unpack to.
pub(super) struct Frames<R> {
    stream: R,
    decoder: FrameDecoder,
    is_open: bool,
}

impl<R: BufRead> Frames<R> {
    pub(super) fn new(stream: R) -> Self {
        let mut decoder = FrameDecoder::new();
        decoder.set_max_window_size(WINDOW_BYTES_MAX);
        Self { stream, decoder, is_open: false }
    }

    fn damaged() -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, "the zstd stream is damaged")
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.is_open {
                if self.stream.fill_buf()?.is_empty() {
                    return Ok(0);
                }
                self.decoder.reset(&mut self.stream).map_err(|_| Self::damaged())?;
                self.is_open = true;
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                self.decoder
                    .decode_blocks(&mut self.stream, BlockDecodingStrategy::UptoBlocks(1))
                    .map_err(|_| Self::damaged())?;
            }
            let count = self.decoder.read(out)?;
            if count > 0 {
                return Ok(count);
            }
            let named = self.decoder.get_checksum_from_data();
            if named.is_some() && named != self.decoder.get_calculated_checksum() {
                return Err(Self::damaged());
            }
            self.is_open = false;
        }
    }
}

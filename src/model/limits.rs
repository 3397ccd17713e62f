//! A limit on every read, depth, count and expansion. Reaching one is a gap that names it.

/// How much of an input is read before the rest becomes a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one file.
    pub file_bytes_max: u64,
    /// Files of one side.
    pub files_max: u32,
    /// Nodes of one file, aliases expanded.
    pub nodes_max: u32,
    /// Nesting of one document.
    pub depth_max: u32,
    /// Documents in one file.
    pub documents_max: u32,
    /// Documents embedded in documents embedded in …
    pub embedding_depth_max: u32,
    /// Entries of one archive.
    pub archive_entries_max: u32,
    /// Bytes that one archive unpacks to.
    pub archive_bytes_max: u64,
    /// How many times its own size an archive unpacks to.
    pub archive_ratio_max: u32,
    /// Milliseconds that one program may run.
    pub tool_wait_ms_max: u64,
    /// Milliseconds that one live cluster may take, all requests together.
    pub cluster_wait_ms_max: u64,
    /// Milliseconds that one request to a live cluster may take, its answer included.
    pub request_wait_ms_max: u64,
    /// Bytes that one live cluster may answer, all requests together.
    pub cluster_bytes_max: u64,
    /// Bytes of the index of one snapshot file, its texts excepted.
    pub index_bytes_max: u64,
    /// Bytes of masked text kept in memory; what exceeds it goes to a temporary file.
    pub spool_bytes_max: u64,
}

impl Limits {
    /// What the program uses unless told otherwise.
    pub const STANDARD: Self = Self {
        file_bytes_max: 256 << 20,
        files_max: 2_000_000,
        nodes_max: 8_000_000,
        depth_max: 128,
        documents_max: 200_000,
        embedding_depth_max: 3,
        archive_entries_max: 200_000,
        archive_bytes_max: 1 << 30,
        archive_ratio_max: 250,
        tool_wait_ms_max: 120_000,
        cluster_wait_ms_max: 600_000,
        request_wait_ms_max: 60_000,
        cluster_bytes_max: 1 << 30,
        index_bytes_max: 1 << 30,
        spool_bytes_max: 1 << 18,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::STANDARD
    }
}

//! The binary: an allocator and a door to [`driftseal::cli`].

/// Doubles the throughput of two threads; never the library's choice.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    driftseal::cli::main()
}

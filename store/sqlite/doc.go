// Package sqlite keeps a store in one file: the default of a daemon that runs
// alone.
//
// A commit that returned nil is on the disk. Readers see whole commits and never
// wait for the writer. One process at a time has the file open, which a lock of
// the operating system holds for its life, so it is gone with a kill -9; on
// network file systems such locks can't be trusted, and no store belongs there.
//
// A file that is damaged is never a reason not to start. Open reads the whole
// file: the structure of its pages, and a checksum of each row, which covers what
// no database notices. What doesn't hold is moved aside, every row that can still
// be proved right is taken over into a new file, and the Damage says what was
// lost. The one thing that nobody can tell from a crash is damage to the very last
// commit in the journal: that commit is dropped. A file that is not a store of tocsin's is refused and not touched.
//
// Nor is a file that can't be written: a Standby reads it, and opens it as soon as
// that can be done.
//
//	absent ──────────────────────────────────► create ─► ready
//	present ─► inspect ─► check ─► migrate ────────────► ready
//	              │          │                             ▲
//	              └─damaged──┴─► salvage: copy, set aside ─┘
//
// The package holds no goroutines.
package sqlite

// Package journal takes down what a running core is given and what it decides, and
// later gives another core the same, to see that it decides the same.
//
// A journal is a ring of files in a folder. A run of the daemon is one file or a
// chain of them; each is a beginning of its own, since it starts with what the
// core was then: the rows that the store gave back, or, within a run, an image of
// the core itself. After that come the steps, in the order in which the loop took
// them: the time, the input, and the notifications and changes that came of it.
//
//	file   = magic, then chunks: length, CRC-32C, a piece of one zstd stream
//	stream = records: length, kind, body
//	head   format, program, run, part, number of the next step
//	row    a stored row, as it was given back       } one of the two
//	image  the core as it was                       }
//	step   time, input, what was decided
//	end    the daemon stopped in order
//
// An answer is cut to the samples that something may have come of: those of series
// that have state and those that breach. A daemon where all is well writes next to
// nothing. Secrets are in none of it: a configuration is taken down as the core has
// it, which knows none.
//
// The package decides nothing about alerts, and the daemon never waits for it: what
// cannot be written is lost, is counted, and is a hole that Verify reports.
package journal

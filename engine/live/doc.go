// Package live drives the core in real time and owns every goroutine that has
// to do with it.
//
// One goroutine, the loop, is the only one that touches the core. Around it
// there is one goroutine per question asked, one per attempt at a delivery, one
// committer, and one that sends heartbeats:
//
//	 answers, results, people            rows                  durable
//	───────────────► inbox ──► loop ─────────────► committer ──────────┐
//	                  ▲          │ asks                                │
//	                  └── asker ◄┤                                     │
//	                  └── sender ◄──────────── sends are held until ◄──┘
//
// What arrives is stamped with its millisecond and held until that millisecond
// is over; then all of it is stepped in the fixed order of engine.Order. So the
// order of arrival within a millisecond decides nothing, and a replay of the
// same inputs in virtual time comes to the same batches, byte for byte. The
// price is that what happens in one millisecond is acted upon in the next.
//
// The package decides nothing about alerts: it keeps time, keeps rows, and keeps
// its promises when it is told to stop.
package live

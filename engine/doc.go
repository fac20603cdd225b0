// Package engine joins the evaluator and the notifier into one core with one
// door in and one struct out, and names the ports through which drivers connect
// it to the world.
//
//	core.Step(at, Input) -> Batch          core.Next() -> (time, ok)
//
// The contract is: keep the batch's rows, then do what it asks, then bring each
// result back as an input. Time is an argument. There is no clock, goroutine,
// randomness or I/O here.
package engine

// Package replay drives the core in virtual time, in one goroutine, as fast as
// the processor goes. What CI says a change of rules would do, it says by this
// driver; engine/live comes to the same batches from the same world, byte for
// byte.
//
// The two agree on one thing that is not obvious: what happens in a millisecond
// is acted upon in the next. So a question that was handed out at t is asked at
// t+1, and its answer arrives at t+1 plus the latency of the source.
package replay

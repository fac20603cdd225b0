// Package attempt makes one HTTP attempt at a delivery and says honestly how it
// ended. What matters is the first byte of the body: before it the service can't
// have taken anything, and the attempt was refused; after it, without an answer,
// nobody knows.
//
// It never retries: the planner owns that. Nothing secret gets into an error.
package attempt

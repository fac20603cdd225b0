// Package evaluator decides what the level of each series of a rule is: ok, warn
// or error. It is given an Observation for each evaluation of the rule, the only
// way in which time and data come to it, and returns the Changes that others
// have to hear of. It never asks a source, reads a clock, sends or stores
// anything; what it wants kept it hands over as rows.
//
// # One level of one series
//
//	             breach                  credit >= for
//	+-----> Idle ---------> Pending -------------------+
//	|         ^                |                       |
//	|         |  no breach     |                       v
//	|         +----------------+            +------> Firing <---+
//	|                             not beyond|          |        | not beyond
//	|                               `clear` |          | beyond | `clear`
//	|                                       +----------+ `clear`|
//	|                                                  v        |
//	+---------------------------------------------- Recovering -+
//	       credit >= keep_firing_for
//
// With `for` 0 a breach leads to Firing at once, with keep_firing_for 0 a value
// beyond `clear` leads to Idle at once. Instead of a duration a level may ask for
// votes: then Pending holds the last observed evaluations, and leads to Firing
// when enough of them breached, the latest among them.
//
// Warn and error run side by side. An error that begins to fire makes the
// warning fire too, and a warning isn't over before the error is. The level of
// the series is the highest that is Firing or Recovering.
//
// # What is known, and what isn't
//
// Nothing moves but by what was observed. A failed query, a missed evaluation, a
// NaN, a series that a partial answer may have left out: all of them hold. They
// neither advance a timer nor clear it, for a timer is credited the time between
// two observations that both saw its condition hold, with at most one missed
// evaluation between. After a long gap what is Pending begins again, and what is
// Firing still is.
//
// A series that is missing from answers that have others is given up after a
// while; if there is nothing at all in them, that is no series' fault, and there
// is one alert for the rule. Such alerts about the rule as a whole (no data, a
// query that fails, too many series, series that can't be told apart) are
// instances as any other, with keys of their own that begin with "!".
//
// # What is remembered
//
// A series that is OK, with nothing running, has no state: it costs a look-up
// and a comparison, and its labels are never read. State is a value; step takes
// one through an observation and is all there is to it. Around it, Machine finds
// the state that belongs to a sample, refuses what there is no room for, turns
// moves into Changes, and remembers which rows are behind. A timer is stored as
// what was credited and since when it runs, so that a steady series writes no
// row: while the rule's answers go on renewing it, the time of the last answer,
// which the engine checkpoints, is all that is missing. A kill may therefore cost
// a timer what came after the last checkpoint, and never grants it any.
package evaluator

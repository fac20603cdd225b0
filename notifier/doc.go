// Package notifier decides who is told what, why and when. It compares what
// should be known with what was told, and makes deliveries of the difference.
//
// It never reads a clock, sends anything or renders text: time is an argument,
// a delivery holds the facts, and the packages below this one write and send.
//
// # Group
//
// Alerts that one route catches and that share its group labels are a group:
//
//	            first alert            group_wait            nothing differs
//	(no group) ------------> waiting ------------> flush ------------------> quiet
//	    ^                                            ^                         |
//	    |                                            | next point of the grid  | something differs,
//	    |                                            | (a raise: group_wait)   | or a reminder is due
//	    |                                            +------------- waiting <--+
//	    +---- nothing is desired, nothing is told, nothing is under way -------+
//
// Points of the grid are the last flush plus n times group_interval. No timer
// runs in a quiet group but the one of its reminder. A flush sends nothing
// itself: it opens the lanes of the group.
//
// # Lane
//
// A group and one integration of its receiver are a lane. It remembers of each
// alert what the integration was told, or may have been told:
//
//	          flush              the hand-out has room
//	closed ----------> open ----------------------------> in flight
//	   ^                ^                                   |
//	   |   delivered    | changed meanwhile, and flushed    |
//	   +----------------+-----------------------------------+
//	   |                                                    | refused, unknown
//	   |  rejected, or 24 h of failing: stuck until         v
//	   |  a change, a reload or a reminder               backoff
//	   |                                                    | its time is over
//	   +------------------ nothing to tell any more --------+--> in flight:
//	                             the same id if the truth is the same, else a new one
//
// What waits in a lane is never a message, only the difference; it is taken when
// there is room to send it. So it can always be superseded by a newer truth.
//
// # Gates
//
// What is owed may be held: an alert by a silence, an inhibition or an
// acknowledgement (hold.go), a group by a time interval (mute.go) or because a rule
// has yet to be evaluated (settle.go), a lane by the rate limit of its receiver
// (budget.go). What is held stays as it was told. When the gate opens the
// difference is taken again, so nothing has to be remembered but the gate. A
// change that never gets through is accounted for as suppressed by it.
//
// Gates of people and time intervals are in wall time: their timers don't move
// when the clock is stepped.
//
// # Further lanes
//
// A group has lanes to others than its route's receiver: to those who stand in for
// a receiver that fails, and to those to whom an alert escalates (stand.go). What a
// rate limit holds back moves to the lane of a digest (digest.go). A forwarder's
// lane knows no gates: the Alertmanager behind it has its own.
//
// # Messages that can be edited
//
// Where a message can be edited, a lane has one for an episode of its group and
// keeps it true; what is new stands in its thread (face.go). An edit tells nobody
// anything, so it changes no belief.
//
// # What an alert's receivers believe
//
// Per lane and alert the planner keeps the set of states that the receiver may
// believe in. Delivered makes it a set of one; Unknown adds to it. Whatever in
// the set is not the truth is owed a message, which is why a problem that may
// have been delivered gets its RESOLVED, and one that was not gets none.
package notifier

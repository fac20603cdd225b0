// Package e2e holds the end-to-end tests: the tocsin program as a process of
// its own, against a real Prometheus that scrapes an exporter of the test's, a
// real mail server, and servers that speak Slack's API, SMTP and webhooks.
//
// Its folders are the parts of that world. Each is started by a test, listens on
// loopback only and is gone when the test is over.
//
// # Faults
//
// What tocsin must survive has a number. It is in the names of the tests that
// prove it, here and in the packages where it is decided, and of transcripts:
//
//	F01  a mail server takes the connection and hangs, beside a healthy webhook
//	F02  a receiver says 429 with Retry-After, or 451
//	F03  a receiver is throttled, and the alert resolves meanwhile
//	F04  kill -9 right after a notification
//	F05  kill -9 right after a silence is accepted
//	F06  told, resolved behind a silence, and back
//	F07  told, and the daemon is down while it resolves
//	F08  resolved while muted, inhibited or silenced
//	F09  a receiver fails for long, and the alert resolves meanwhile
//	F10  one of ten recipients is rejected
//	F11  a template fails as it runs
//	F12  the store is cut short, or bits in it flipped
//	F13  the disk is full, or can't be written
//	F14  queries fail, or the source is down
//	F15  the answer is suddenly empty
//	F16  a partial answer, with warnings
//	F17  Prometheus restarts while timers run
//	F18  the daemon restarts while timers run
//	F19  a reload during a send
//	F20  receivers and routes are renamed, or lead elsewhere
//	F21  a rule moves to another file, or its text changes
//	F22  fires and resolves inside group_wait
//	F23  flaps every minute for two hours
//	F24  50,000 alerts at once in one group
//	F25  10,000 groups at once
//	F26  a rule returns ten times its limit
//	F27  a webhook answers after its deadline
//	F28  the Slack message that is to be edited was deleted
//	F29  text that is longer than Slack takes
//	F31  the clock steps, or the machine is suspended
//	F32  windows across midnight and changes of clocks
//	F33  two series with one label set after templating
//	F34  the value in a label
//	F35  SIGTERM with batches pending and retries under way
//	F36  names can't be found, or nobody is there, at the start
//	F37  one rule's query takes a minute
//	F38  credentials rotate
//	F39  NaN, infinities, stale markers
//	F40  hostile input: YAML bombs, huge answers, mark-up in labels
//	F41  rule files are gone for a moment
//	F42  files of a stranger: their own source, variables to expand
//	F43  a receiver takes FIRING and cuts the connection
package e2e

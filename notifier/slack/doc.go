// Package slack posts deliveries to Slack, by an incoming webhook or by a bot's
// token; a bot also edits what it posted, answers it in its thread, puts a chart
// there and moves on to a new message. What is to be done is the delivery's to
// say:
//
//	Post       chat.postMessage               -> its place is the handle
//	Edit       chat.update of the root        what is so now; pings nobody
//	Reply      chat.postMessage in the thread what is new, in short
//	Broadcast  the same, and the channel sees it
//	Moved      chat.update of the root        where the next message is
//
// What Alertmanager's attachments have besides title and text (see Parts) has its
// place in posts and edits, and in nothing else.
//
// Build is pure and makes the body in Block Kit; whatever a label holds, the
// body stays within Slack's limits and nothing in a label is mark-up: text is
// either plain or a code span, and & < > are escaped. A Sender makes one attempt
// and says how it ended; retries are the planner's. A message that is not there
// any more is rejected and gone: posting it anew is the planner's to decide.
//
// A Listener hears over Socket Mode who presses the buttons. It acknowledges at
// once and decides nothing: what an action does is for the function that it is
// given. Its Run has two goroutines and a connection of its own, and ends them
// all before it returns.
package slack

// Package message says in words what a delivery tells: what is wrong and since
// when, the value against its threshold, what is new, and where to look. Slack,
// mail and webhook format what it says; none of them decides a word of its own.
//
//	Render(delivery, answers) -> (message, queries still missing)
//
// Render is pure: all that it says follows from the delivery, so that a retry
// says the same, and `now` in a template is the instant at which the delivery
// was planned. A template may ask the source with `query`; such questions come
// back as missing, and Maker, the one part that waits for anything, asks them
// and renders again.
//
// Nothing here can stop a notification: a template that fails leaves its error
// in Message.Errors and the plain facts in its place.
package message

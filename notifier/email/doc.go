// Package email sends deliveries by SMTP. Build makes the mail and is pure: the
// same delivery and chart give the same bytes, under 100 kB whatever they hold; a
// chart that does not fit is left out. A Sender
// hands it to the server in one transaction of its own over go-mail's client,
// so that one rejected recipient doesn't cost the others their mail and the
// phase in which it failed is known.
//
//	dial, TLS, AUTH, MAIL    nothing was taken        Refused, or Rejected by 5xx
//	RCPT                     each recipient for itself
//	DATA, content            nobody knows             Unknown
//	final answer             what the server says
//
// Retries are the planner's.
package email

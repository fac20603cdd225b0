package email

import (
	"context"
	"errors"
	"fmt"
	"net/textproto"
	"strings"

	"github.com/wneessen/go-mail/smtp"

	"tocsin/notifier"
	"tocsin/notifier/attempt"
	"tocsin/notifier/message"
)

// A transaction is one attempt to hand one mail to the server.
type transaction struct {
	sender *Sender
	to     []string
	raw    []byte
	end    *notifier.Settled

	good, later []string // accepted; refused for now
	never       []string // refused for good
	notes       []string // what was said about recipients
	secret      string
}

// run takes the transaction to its end and writes down how it ended.
func (t *transaction) run(ctx context.Context) {
	c, closing, err := t.sender.connect(ctx)
	if err != nil {
		t.failed(ctx, "connect", err)
		return
	}
	defer closing()
	if t.secret, err = t.sender.authenticate(c); err != nil {
		t.failed(ctx, "authenticate", err)
		return
	}
	c.SkipSMTPUTF8(ascii(t.sender.from, t.to))
	if err := c.Mail("<" + t.sender.from.Address + ">"); err != nil {
		t.failed(ctx, "MAIL FROM", err)
		return
	}
	if err := t.recipients(c); err != nil {
		t.later = append(t.later, t.good...)
		t.good = nil
		t.failed(ctx, "RCPT TO", err)
		return
	}
	t.content(ctx, c)
}

// recipients asks for each recipient. An error is one of the connection; what
// the server says of one of them is noted.
func (t *transaction) recipients(c *smtp.Client) error {
	for n, to := range t.to {
		err := c.Rcpt("<" + to + ">")
		var said *textproto.Error
		switch {
		case err == nil:
			t.good = append(t.good, to)
			continue
		case !errors.As(err, &said) || said.Code == 421:
			t.later = append(t.later, t.to[n:]...)
			return err
		case said.Code >= 500:
			t.never = append(t.never, to)
		default:
			t.later = append(t.later, to)
		}
		t.notes = append(t.notes, to+": "+clip(said.Error()))
	}
	return nil
}

// content sends the mail to those who were accepted.
func (t *transaction) content(ctx context.Context, c *smtp.Client) {
	if len(t.good) == 0 {
		t.nobody()
		return
	}
	w, err := c.Data()
	if err != nil {
		t.failed(ctx, "DATA", err)
		return
	}
	_, err = w.Write(t.raw)
	if cerr := w.Close(); cerr != nil {
		err = cerr
	}
	if err != nil {
		t.doubtful(ctx, err)
		return
	}
	t.end.Outcome, t.end.Left = notifier.Delivered, t.later
	t.report("")
	_ = c.Quit()
}

// nobody is the end when no recipient was accepted.
func (t *transaction) nobody() {
	t.end.Outcome = notifier.Rejected
	if len(t.later) > 0 {
		t.end.Outcome, t.end.Left = notifier.Refused, t.later
	}
	t.report("no recipient was accepted")
}

// failed is an end before the content: nothing was taken.
func (t *transaction) failed(ctx context.Context, phase string, err error) {
	t.end.Outcome = notifier.Refused
	var said *textproto.Error
	if errors.As(err, &said) && said.Code >= 500 {
		t.end.Outcome = notifier.Rejected
	}
	t.unserved()
	t.report(phase + ": " + t.cause(ctx, err))
}

// doubtful is an end after the content began. If the server said how, it is
// known; else nobody knows.
func (t *transaction) doubtful(ctx context.Context, err error) {
	var said *textproto.Error
	switch {
	case !errors.As(err, &said):
		t.end.Outcome = notifier.Unknown
	case said.Code >= 500:
		t.end.Outcome = notifier.Rejected
	default:
		t.end.Outcome = notifier.Refused
	}
	t.unserved()
	t.report("content: " + t.cause(ctx, err))
}

// unserved leaves to the next attempt whom it should serve: all but those who
// were refused for good, if there were any.
func (t *transaction) unserved() {
	if len(t.never) > 0 && t.end.Outcome != notifier.Rejected {
		t.end.Left = append(append([]string{}, t.good...), t.later...)
	}
}

func (t *transaction) report(what string) {
	parts := t.notes
	if what != "" {
		parts = append([]string{what}, parts...)
	}
	if len(parts) > 0 {
		t.end.Error = attempt.Redact("email: "+strings.Join(parts, "; "), t.secret)
	}
}

// cause says what went wrong; at the deadline, that it was the deadline, for the
// error is then only that of a connection that we closed.
func (t *transaction) cause(ctx context.Context, err error) string {
	if ctx.Err() != nil {
		return fmt.Sprintf("no answer in time (%v)", context.Cause(ctx))
	}
	return clip(err.Error())
}

func clip(s string) string { return message.Cut(message.Clean(s), 300) }

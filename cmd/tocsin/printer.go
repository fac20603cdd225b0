package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"tocsin/notifier"
	"tocsin/notifier/message"
)

// A printer takes the place of all senders in a dry run: it prints what would be
// sent, to whom and why, and says that it was delivered.
type printer struct {
	mu    *sync.Mutex // one for all printers, so that messages don't mix
	out   io.Writer
	maker *message.Maker
}

// Send prints one delivery.
func (p printer) Send(ctx context.Context, d notifier.Delivery) notifier.Settled {
	m := p.maker.Make(ctx, d, printedAlerts)
	p.mu.Lock()
	defer p.mu.Unlock()
	settled := notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Delivered, Error: m.Note("")}
	head := fmt.Sprintf("%s  would send to %s (%s), group %s: %s",
		d.At.Time().UTC().Format("15:04:05"), d.Receiver, d.Kind, groupName(d.Group), m.Why())
	text := "  " + strings.ReplaceAll(strings.TrimRight(m.Plain(), "\n"), "\n", "\n  ")
	if _, err := fmt.Fprintf(p.out, "%s\n%s\n\n", head, text); err != nil {
		settled.Outcome, settled.Error = notifier.Refused, err.Error()
	}
	return settled
}

// printedAlerts is how many alerts of one message are printed.
const printedAlerts = 50

func groupName(g notifier.Group) string {
	if g.Labels.Len() == 0 {
		return "of all"
	}
	return g.Labels.String()
}

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"tocsin/engine"
	"tocsin/notifier"
	"tocsin/notifier/message/sample"
	"tocsin/rules"
)

// A notifyTrial sends samples and keeps count of how they went.
type notifyTrial struct {
	out       io.Writer
	dry       bool
	kinds     []sample.Kind
	scene     sample.Scene
	sent, bad int
}

// through sends all samples through one integration. After one that failed the
// others are left out: they would fail alike, and a server that hangs would hang
// for each.
func (t *notifyTrial) through(ctx context.Context, in rules.Integration, target string, sender engine.Sender) {
	root := ""
	steps := testSteps(t.kinds, in)
	for n, s := range steps {
		if n > 0 && !t.dry {
			pause(ctx, in.LaneEvery)
		}
		began := time.Now()
		d := s.deliver(t.scene, in, root)
		end := attemptAt(ctx, sender, d, in.Timeout)
		if !t.dry {
			t.say(target, s, end, time.Since(began))
		}
		if end.Outcome != notifier.Delivered {
			if left := len(steps) - n - 1; left > 0 {
				t.print("  %s left out\n", count(left, "more sample"))
			}
			return
		}
		if root == "" {
			root = end.Handle
		}
	}
	if len(steps) == 0 {
		t.print("%s: this is never sent there (send_resolved: false, or an incident receiver)\n", target)
	}
}

func attemptAt(ctx context.Context, sender engine.Sender, d notifier.Delivery, within time.Duration) notifier.Settled {
	if within <= 0 {
		within = 30 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	return sender.Send(ctx, d)
}

// pause waits as long as the service wants it between two messages.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// say reports one attempt. A message that arrived with a fault, such as a template
// that failed, is not as it should be either.
func (t *notifyTrial) say(target string, s testStep, end notifier.Settled, took time.Duration) {
	t.sent++
	t.print("%s: %s: %s, %d ms\n", target, s, end.Outcome, took.Milliseconds())
	if end.Error == "" && end.Outcome == notifier.Delivered {
		return
	}
	t.bad++
	if end.Error != "" {
		t.print("  %s\n", end.Error)
	}
	t.print("  do: %s\n", advice(end))
}

func (t *notifyTrial) print(format string, args ...any) { _, _ = fmt.Fprintf(t.out, format, args...) }

// end sums up.
func (t *notifyTrial) end() error {
	switch {
	case t.dry:
		return nil
	case t.bad > 0:
		t.print("%d of %s not as it should be\n", t.bad, count(t.sent, "attempt"))
		return &exitError{code: exitBad}
	}
	t.print("%s delivered\n", count(t.sent, "sample"))
	return nil
}

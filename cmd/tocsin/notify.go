package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/check"
	"tocsin/engine"
	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/notifier/message/sample"
	"tocsin/rules"
	"tocsin/rules/file"
)

type notifyTestCommand struct {
	Receiver string `arg:"" complete:"nothing" help:"Name of the receiver in the config."`
	configFlags
	Kind   string `enum:"firing,several,raised,reminder,resolved,digest,all" default:"all" placeholder:"KIND" help:"What to send: firing, several, raised, reminder, resolved, digest, or all (default ${default})."`
	Level  string `enum:"warn,error" default:"warn" placeholder:"LEVEL" help:"Level of the sample alerts: warn, error (default ${default})."`
	Rule   string `placeholder:"ALERT" help:"Use the labels and annotations of this rule of the config."`
	DryRun bool   `name:"dry-run" help:"Print what would be sent; send nothing."`
}

// Help tells what is sent, and the exit codes.
func (notifyTestCommand) Help() string {
	return "Sends samples through each integration of a receiver, marked as a test, and says how each went. Routes, silences and rate limits don't count; the daemon need not run and knows nothing of it.\n\n" +
		"Exit codes: 0 all delivered, 1 something was not or a template failed, 2 bad usage."
}

// Run sends the samples.
func (c notifyTestCommand) Run(ctx context.Context, w process) error {
	l, err := c.load(w, c.DryRun)
	if err != nil {
		return err
	}
	receiver, err := receiverNamed(l, c.Receiver)
	if err != nil {
		return err
	}
	t, err := c.trial(w, l)
	if err != nil {
		return err
	}
	world, err := connect(l, c.instead(w))
	if err != nil {
		return &exitError{exitBad, err}
	}
	defer world.Close()
	for _, in := range receiver.Integrations {
		t.through(ctx, in, target(l, in), world.Senders[in.Key])
	}
	return t.end()
}

func receiverNamed(l *file.Loaded, name string) (rules.Receiver, error) {
	var names []string
	for _, r := range l.Core.Receivers {
		if r.Name == name && len(r.Integrations) > 0 {
			return r, nil
		}
		names = append(names, r.Name)
	}
	if slices.Contains(names, name) {
		return rules.Receiver{}, usageError("receiver %q has no integrations: it tells nobody", name)
	}
	return rules.Receiver{}, usageError("there is no receiver %q, but %s", name, strings.Join(names, ", "))
}

// instead returns the printer of a dry run.
func (c notifyTestCommand) instead(w process) func(*message.Maker) engine.Sender {
	if !c.DryRun {
		return nil
	}
	return func(maker *message.Maker) engine.Sender {
		return printer{mu: &sync.Mutex{}, out: w.out, maker: maker}
	}
}

// trial prepares the samples.
func (c notifyTestCommand) trial(w process, l *file.Loaded) (*notifyTrial, error) {
	level, err := rules.ParseLevel(c.Level)
	if err != nil {
		return nil, err
	}
	rule := sample.TestRule()
	if c.Rule != "" {
		n := slices.IndexFunc(l.Core.Rules, func(r *rules.Rule) bool { return r.Alert == c.Rule })
		if n < 0 {
			return nil, usageError("there is no rule %q in the config", c.Rule)
		}
		rule = l.Core.Rules[n]
	}
	kinds := []sample.Kind{sample.Firing, sample.Raised, sample.Reminder, sample.Resolved, sample.Digest}
	if k, err := sample.ParseKind(c.Kind); err == nil {
		kinds = []sample.Kind{k}
	}
	return &notifyTrial{out: w.out, dry: c.DryRun, kinds: kinds, scene: sample.Scene{
		Rule: rule, Level: level, At: model.TimeFromUnixNano(time.Now().UnixNano()), Name: sample.TestName,
		Series: check.Series(rule), Severity: l.Core.Severity, External: l.Core.ExternalLabels,
		Marks: []string{sample.TestMark},
	}}, nil
}

// target says in a few words where an integration leads, and no secret.
func target(l *file.Loaded, in rules.Integration) string {
	if c, ok := l.Slack[in.Key]; ok && c.Channel != "" {
		return in.Kind + " " + c.Channel
	}
	if c, ok := l.Email[in.Key]; ok {
		return in.Kind + " " + strings.Join(c.To, ", ")
	}
	return in.Kind
}

// A testStep is one sample and what is done with it.
type testStep struct {
	kind   sample.Kind
	effect notifier.Effect
}

// testSteps are those for an integration. Where messages can be edited and answered,
// all of that is tried on the first.
func testSteps(kinds []sample.Kind, in rules.Integration) (all []testStep) {
	for _, k := range kinds {
		switch {
		case k == sample.Resolved && !in.SendResolved, k == sample.Digest && in.Incident:
		case !in.Threads || len(kinds) == 1 || k == sample.Firing || k == sample.Digest:
			all = append(all, testStep{k, notifier.Post})
		case k == sample.Resolved:
			all = append(all, testStep{k, notifier.Edit}, testStep{k, notifier.Reply})
		default:
			all = append(all, testStep{k, notifier.Edit}, testStep{k, notifier.Broadcast})
		}
	}
	return slices.CompactFunc(all, func(a, b testStep) bool { return a == b })
}

// deliver makes the delivery of a step.
func (s testStep) deliver(scene sample.Scene, in rules.Integration, root string) notifier.Delivery {
	d := scene.Delivery(s.kind, in)
	if s.effect == notifier.Post {
		return d
	}
	d.Effect, d.Root = s.effect, root
	d.ID = d.ID[:len(d.ID)-1] + fmt.Sprintf("%x", uint8(s.effect)) // each effect has an id of its own
	if s.effect == notifier.Edit {
		d.Reason = notifier.ReasonFace
	}
	return d
}

func (s testStep) String() string {
	if s.effect == notifier.Post {
		return s.kind.String()
	}
	return s.kind.String() + ", " + s.effect.String()
}

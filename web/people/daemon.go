package people

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/notifier"
	"tocsin/rules"
)

// A Core is what is read of the core.
type Core interface {
	Silences(f func(notifier.SilenceStatus))
	AlertViews(f func(notifier.AlertView))
}

// A Daemon is what people act on.
type Daemon interface {
	// Do brings an act in and returns when it is kept. What comes with an error may
	// be in force, but not for longer than the process lives.
	Do(ctx context.Context, in engine.Input) error
	// Look calls f when the core stands still, perhaps after it has returned with
	// an error of ctx. f must neither keep the core nor take long.
	Look(ctx context.Context, f func(Core)) error
}

// Options are what the endpoints need.
type Options struct {
	Daemon Daemon
	// Describe says of alerts what a message of now would, in their order.
	Describe func(ctx context.Context, at time.Time, alerts []notifier.AlertView) []Description
	// Config returns the configuration in force; nil if there is none yet.
	Config func() *rules.Config
	// Trusted says that names of users were checked, by the web config file.
	Trusted bool
	// Now is the clock; nil: the machine's.
	Now func() time.Time
}

// A Description is what a message would say of an alert.
type Description struct {
	Annotations map[string]string
	Summary     string
	Versus      string // 412 ms > 300 ms
	Graph       string // address of the expression's graph; may be empty
}

// Bounds of what a request waits for.
const (
	lookWait = 3 * time.Second
	doWait   = 10 * time.Second
)

// errUnavailable is wrapped by what is no fault of the request.
var errUnavailable = errors.New("try again later")

// look reads the core. What f returns is its own copy: f may run after the
// request was given up.
func look[T any](ctx context.Context, d Daemon, f func(Core) T) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, lookWait)
	defer cancel()
	found := make(chan T, 1)
	if err := d.Look(ctx, func(c Core) { found <- f(c) }); err != nil {
		var none T
		return none, fmt.Errorf("the core does not answer: %w: %w", err, errUnavailable)
	}
	return <-found, nil
}

// do brings an act in.
func (o Options) do(ctx context.Context, in engine.Input) error {
	ctx, cancel := context.WithTimeout(ctx, doWait)
	defer cancel()
	if err := o.Daemon.Do(ctx, in); err != nil {
		return fmt.Errorf("it is not kept, so don't rely on it: %w: %w", err, errUnavailable)
	}
	return nil
}

// alerts returns the alerts for which keep holds, in the order of the core.
func (o Options) alerts(ctx context.Context, keep func(notifier.AlertView) bool) ([]notifier.AlertView, error) {
	return look(ctx, o.Daemon, func(c Core) (all []notifier.AlertView) {
		c.AlertViews(func(v notifier.AlertView) {
			if keep(v) {
				all = append(all, v)
			}
		})
		return all
	})
}

// describe is Describe, also where nobody knows how.
func (o Options) describe(ctx context.Context, alerts []notifier.AlertView) []Description {
	if o.Describe != nil && len(alerts) > 0 {
		if all := o.Describe(ctx, o.now(), alerts); len(all) == len(alerts) {
			return all
		}
	}
	return make([]Description, len(alerts))
}

func (o Options) now() time.Time {
	if o.Now != nil {
		return o.Now()
	}
	return time.Now()
}

// at is the instant of now.
func (o Options) at() model.Time { return stamp(o.now()) }

func stamp(t time.Time) model.Time { return model.Time(t.UnixMilli()) }

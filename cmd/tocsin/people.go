package main

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/engine/live"
	"tocsin/notifier"
	"tocsin/notifier/message"
	"tocsin/rules"
	"tocsin/rules/file"
	"tocsin/web/people"
)

// acts are how people act on the driver.
type acts struct{ driver *live.Driver }

// Do brings in an act.
func (a acts) Do(ctx context.Context, in engine.Input) error { return a.driver.Do(ctx, in) }

// Look reads the core.
func (a acts) Look(ctx context.Context, f func(people.Core)) error {
	return a.driver.Look(ctx, func(c *engine.Core) { f(c) })
}

// A face is what is shown of the configuration in force.
type face struct {
	config *rules.Config
	maker  *message.Maker
}

// build connects a configuration, and makes its face.
func (d *daemon) build(l *file.Loaded) (live.World, *face, error) {
	world, err := connect(l, d.instead())
	if err != nil {
		return live.World{}, nil, err
	}
	maker, err := newMaker(l, world.Sources)
	if err != nil {
		world.Close()
		return live.World{}, nil, err
	}
	if d.dryRun {
		return world, &face{l.Core, maker}, nil
	}
	if world.Listen, err = d.listeners(l); err != nil {
		world.Close()
		return live.World{}, nil, err
	}
	return world, &face{l.Core, maker}, nil
}

// people are those who act on the daemon.
func (d *daemon) people() people.Options {
	return people.Options{
		Daemon:   acts{d.driver.Load()},
		Describe: d.describe,
		Config:   func() *rules.Config { return d.face.Load().config },
		Trusted:  d.webConfig != "",
	}
}

// api adds the paths by which people act.
func (d *daemon) api(mux *http.ServeMux) {
	people.Mount(mux, d.people())
}

// describe says of alerts what a message would.
func (d *daemon) describe(ctx context.Context, at time.Time, alerts []notifier.AlertView) []people.Description {
	entries := make([]notifier.Entry, 0, len(alerts))
	for i := range alerts {
		a := &alerts[i]
		entries = append(entries, notifier.Entry{Alert: &a.Alert, Labels: a.Labels})
	}
	all := make([]people.Description, 0, len(alerts))
	for _, item := range d.face.Load().maker.Describe(ctx, model.TimeFromUnixNano(at.UnixNano()), entries) {
		annotations := make(map[string]string, len(item.Annotations))
		for _, p := range item.Annotations {
			annotations[p.Name] = p.Value
		}
		all = append(all, people.Description{
			Annotations: annotations, Summary: item.Summary, Versus: item.Versus, Graph: item.Graph,
		})
	}
	return all
}

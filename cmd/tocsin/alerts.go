package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tocsin/rules"
	"tocsin/web/people"
)

type alertsCommand struct {
	Matchers []string `arg:"" optional:"" name:"matcher" complete:"nothing" help:"Matchers as in Alertmanager, all of which match. A first one without an operator is the name of an alert."`
	Level    string   `placeholder:"LEVEL" help:"Only alerts at this level (warn, error) or above."`
	remoteFlags
	JSON bool `name:"json" help:"The same as --output=json."`
}

// Run lists the alerts that people should know of, errors first.
func (c alertsCommand) Run(ctx context.Context, w process) error {
	query, err := c.query()
	if err != nil {
		return err
	}
	daemon, err := c.remote(w)
	if err != nil {
		return err
	}
	all, err := daemon.alerts(ctx, query)
	if err != nil {
		return err
	}
	if c.JSON || c.Output == "json" {
		return writeJSON(w.out, all)
	}
	return alertTable(all, time.Now()).write(w.out)
}

func (c alertsCommand) query() (url.Values, error) {
	ms, err := people.ParseArguments(c.Matchers)
	if err != nil {
		return nil, &exitError{exitUsage, err}
	}
	query := url.Values{"limit": {"10000"}}
	for _, m := range ms {
		query.Add("filter", m.String())
	}
	if c.Level != "" {
		if level, err := rules.ParseLevel(c.Level); err != nil || level == rules.OK {
			return nil, usageError("--level: %q is not warn or error", c.Level)
		}
		query.Set("level", c.Level)
	}
	return query, nil
}

// alerts reads all pages of a list, and sorts it as people read it.
func (r *remote) alerts(ctx context.Context, query url.Values) ([]people.Alert, error) {
	all := []people.Alert{}
	for {
		var page people.AlertPage
		if err := r.ask(ctx, http.MethodGet, "/api/tocsin/v1/alerts?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Alerts...)
		if page.Next == "" {
			break
		}
		query.Set("cursor", page.Next)
	}
	slices.SortStableFunc(all, func(a, b people.Alert) int {
		if a.Level != b.Level {
			return strings.Compare(a.Level, b.Level) // error before warn
		}
		return a.StartsAt.Compare(b.StartsAt)
	})
	return all, nil
}

func alertTable(all []people.Alert, now time.Time) *table {
	t := &table{heads: []string{"LEVEL", "ALERT", "VALUE", "FOR", "LABELS", "HELD BY", "FINGERPRINT"}}
	for _, a := range all {
		value := a.Versus
		if value == "" {
			value = a.Value
		}
		t.add(a.Level, a.Labels["alertname"], value, span(now.Sub(a.StartsAt)), ownLabels(a.Labels), heldBy(a.HeldBy), a.Fingerprint)
	}
	return t
}

// ownLabels are those that the other columns don't say.
func ownLabels(ls map[string]string) string {
	var all []string
	for name, value := range ls { // sorted below
		if name != "alertname" && name != "severity" {
			all = append(all, name+"="+value)
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func heldBy(h people.Held) string {
	var all []string
	if a := h.Acknowledgement; a != nil {
		all = append(all, strings.TrimSuffix("ack of "+a.By+": "+a.Comment, ": "))
	}
	for _, one := range []struct {
		word string
		ids  []string
	}{{"silence", h.Silences}, {"inhibited by", h.Inhibitors}, {"time", h.TimeIntervals}} {
		for _, id := range one.ids {
			all = append(all, fmt.Sprintf("%s %s", one.word, id))
		}
	}
	return strings.Join(all, ", ")
}

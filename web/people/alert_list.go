package people

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"tocsin/notifier"
	"tocsin/rules"
)

// An AlertPage is a part of a list of alerts.
type AlertPage struct {
	Alerts []Alert `json:"alerts" doc:"By fingerprint, so that none is missed or listed twice by who reads page after page"`
	Total  int     `json:"total"  doc:"Of all pages, as of now"`
	Next   string  `json:"next,omitempty" doc:"The cursor of the next page; none: this is the last"`
}

// An AlertsQuery asks for alerts.
type AlertsQuery struct {
	Filter []string `query:"filter,explode" doc:"Matchers, all of which match; may be repeated"`
	Level  string   `query:"level"  enum:"warn,error" doc:"Only those at this level or above"`
	Held   string   `query:"held"   enum:"true,false" doc:"Only those that something holds, or that nothing does"`
	Limit  int      `query:"limit"  minimum:"1" maximum:"10000" default:"100"`
	Cursor string   `query:"cursor" doc:"What the page before said to be next"`
}

func (o Options) listAlerts(ctx context.Context, q *AlertsQuery) (*body[AlertPage], error) {
	keep, err := q.keep()
	after, bad := readCursor(q.Cursor)
	if err = errors.Join(err, bad); err != nil {
		return nil, problem(err)
	}
	all, err := o.alerts(ctx, keep)
	if err != nil {
		return nil, problem(err)
	}
	slices.SortFunc(all, compareViews)
	page := AlertPage{Total: len(all)}
	rest := all[firstAfter(all, after):]
	if len(rest) > q.Limit {
		rest = rest[:q.Limit]
		page.Next = cursor(rest[q.Limit-1])
	}
	page.Alerts = o.shapes(ctx, rest)
	return &body[AlertPage]{page}, nil
}

// keep says which alerts are asked for.
func (q *AlertsQuery) keep() (func(notifier.AlertView) bool, error) {
	ms, err := parseFilter(q.Filter)
	if err != nil {
		return nil, err
	}
	level := rules.OK
	if q.Level != "" {
		if level, err = rules.ParseLevel(q.Level); err != nil {
			return nil, err
		}
	}
	return func(v notifier.AlertView) bool {
		held := len(v.SilencedBy)+len(v.InhibitedBy)+len(v.MutedBy) > 0 || v.Ack != nil
		return v.Alert.Notify >= level && (q.Held == "" || held == (q.Held == "true")) && rules.Matches(ms, v.Labels)
	}, nil
}

// A cursor names the last alert of a page, so that the next one begins after it
// whatever has come or gone meanwhile.
func cursor(v notifier.AlertView) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strings.Join([]string{v.Fingerprint, v.Alert.Rule, v.Alert.Instance}, "\x00")))
}

func readCursor(s string) (last notifier.AlertView, err error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	parts := strings.SplitN(string(b), "\x00", 3)
	if s != "" && (err != nil || len(parts) != 3) {
		return last, errors.New("the cursor is none of ours: take what the page before said to be next")
	}
	if s != "" {
		last.Fingerprint, last.Alert.Rule, last.Alert.Instance = parts[0], parts[1], parts[2]
	}
	return last, nil
}

func firstAfter(all []notifier.AlertView, last notifier.AlertView) int {
	i, found := slices.BinarySearchFunc(all, last, compareViews)
	if found {
		i++
	}
	return i
}

package history

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// Bounds of what is read of the history. It is read backwards, a window at a
// time, so that what is left out is the oldest.
const (
	window   = 6 * time.Hour
	mostRows = 300_000
	mostKept = 200 // alerts whose rows are kept: a storm is told in part
	// Reach is how far back is read unless an episode began earlier.
	Reach = 7 * 24 * time.Hour
)

// A Store is what is read of the engine's.
type Store interface {
	History(ctx context.Context, kind, from, until string, f func(rules.Stored) error) error
}

// A Span is what is read: from one time up to and with another, and at most so
// many rows (0: many) are looked at.
type Span struct {
	From, Until model.Time
	Rows        int
}

// Rows are what the history holds about some alerts, each list in order of time.
type Rows struct {
	From      model.Time // how far back was read
	Changes   []evaluator.Change
	Decisions []notifier.Decision
	Attempts  []notifier.AttemptRow
	Cut       bool // there were more rows than are looked at
}

// errFull ends the reading of rows.
var errFull = errors.New("enough rows")

// Read reads what the history holds about the alerts that a query means.
func Read(ctx context.Context, s Store, q Query, span Span) (Rows, error) {
	r := reader{store: s, query: q, most: cmp.Or(span.Rows, mostRows), known: maps.Clone(q.known), deliveries: map[string]bool{}}
	if r.known == nil {
		r.known = map[notifier.AlertID]bool{}
	}
	from, until := span.From, span.Until
	out := Rows{From: until}
	for end := until + 1; end > from && !out.Cut; {
		begin := max(end.Add(-window), from)
		part, cut, err := r.latest(ctx, &begin, end)
		if err != nil {
			return Rows{}, err
		}
		out.Changes, out.Decisions = append(part.Changes, out.Changes...), append(part.Decisions, out.Decisions...)
		out.From, out.Cut, end = min(out.From, begin), cut, begin
	}
	var err error
	if out.Attempts, err = r.attempts(ctx, out.From, until+1); errors.Is(err, errFull) {
		out.Cut, err = true, nil
	}
	return out, err
}

// A reader counts what it has seen.
type reader struct {
	store      Store
	query      Query
	rows, most int
	known      map[notifier.AlertID]bool // alerts that changes and decisions were about
	deliveries map[string]bool           // that decisions name
}

// latest reads a window, or as much of its end as there is room for, and says
// where that began.
func (r *reader) latest(ctx context.Context, begin *model.Time, end model.Time) (out Rows, cut bool, err error) {
	before := r.rows
	for {
		out, err = r.window(ctx, *begin, end)
		if !errors.Is(err, errFull) {
			return out, cut, err
		}
		r.rows, cut = before, true
		if end.Sub(*begin) <= time.Second {
			*begin = end
			return Rows{}, true, nil
		}
		*begin = end.Add(-end.Sub(*begin) / 2)
	}
}

func (r *reader) window(ctx context.Context, from, until model.Time) (Rows, error) {
	var out Rows
	err := r.each(ctx, rules.KindChange, from, until, func(value []byte) error {
		var c evaluator.Change
		if err := json.Unmarshal(value, &c); err != nil {
			return fmt.Errorf("a change in the history: %w", err)
		}
		a := c.Alert
		if a == nil {
			return nil
		}
		id := notifier.AlertID{Rule: a.Rule, Instance: a.Instance}
		if r.keeps(candidate{id: id, episode: a.Episode, name: a.Name, labels: a.Labels}) {
			out.Changes = append(out.Changes, c)
		}
		return nil
	})
	if err != nil {
		return out, err
	}
	err = r.each(ctx, rules.KindDecision, from, until, func(value []byte) error {
		var d notifier.Decision
		if err := json.Unmarshal(value, &d); err != nil {
			return fmt.Errorf("a decision in the history: %w", err)
		}
		c := d.Change
		if c == nil {
			return nil
		}
		id := notifier.AlertID{Rule: c.Rule, Instance: c.Instance}
		if r.keeps(candidate{id: id, episode: c.Episode, name: c.Name, labels: c.Labels}) {
			r.deliveries[d.Delivery] = d.Delivery != ""
			out.Decisions = append(out.Decisions, d)
		}
		return nil
	})
	return out, err
}

// keeps reports whether rows of an alert are kept: it is meant, and there are not
// too many others already.
func (r *reader) keeps(c candidate) bool {
	if !r.query.matches(c) || !r.known[c.id] && len(r.known) >= mostKept {
		return false
	}
	r.known[c.id] = true
	return true
}

// attempts are read when it is known what they may be about.
func (r *reader) attempts(ctx context.Context, from, until model.Time) (all []notifier.AttemptRow, err error) {
	if len(r.known) == 0 {
		return nil, nil
	}
	r.rows = 0
	word := r.query.word
	r.query.word = "" // attempts bear no names
	defer func() { r.query.word = word }()
	err = r.each(ctx, rules.KindAttempt, from, until, func(value []byte) error {
		var a notifier.AttemptRow
		if err := json.Unmarshal(value, &a); err != nil {
			return fmt.Errorf("an attempt in the history: %w", err)
		}
		if r.deliveries[a.Delivery] || r.about(a) {
			all = append(all, a)
		}
		return nil
	})
	return all, err
}

func (r *reader) about(a notifier.AttemptRow) bool {
	return slices.ContainsFunc(a.Names, func(id notifier.AlertID) bool { return r.known[id] })
}

// each calls f for the rows that may be meant: a word stands in each of them.
func (r *reader) each(ctx context.Context, kind string, from, until model.Time, f func(value []byte) error) error {
	word, err := json.Marshal(r.query.word)
	if err != nil {
		return err
	}
	word = word[1 : len(word)-1]
	begin, end := engine.HistoryFrom(from), engine.HistoryFrom(until)
	err = r.store.History(ctx, kind, begin, end, func(row rules.Stored) error {
		if r.rows++; r.rows > r.most {
			return errFull
		}
		if !r.query.id() && !bytes.Contains(row.Value, word) {
			return nil
		}
		return f(row.Value)
	})
	if err != nil && !errors.Is(err, errFull) {
		return fmt.Errorf("read the history: %w", err)
	}
	return err
}

package backtest

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// mostMessages is how many messages of a rule are rendered.
const mostMessages = 2

// A recorder sees what the core does, and remembers what counts.
type recorder struct {
	result *Result
	zone   *time.Location
	render func(context.Context, notifier.Delivery) string // may be nil
	rules  map[string]*RuleResult
	open   map[string]*Episode   // by its id
	owner  map[string]string     // rule of an open episode
	ended  map[string]model.Time // last end by rule and instance
	live   map[string][]*Episode // open episodes by rule
	counts []count               // what is to be counted, once it is known until when
}

// A count is something that happened at a time.
type count struct {
	at  model.Time
	add func()
}

// tally counts what happens within the period, up to where all come to that walk
// side by side.
func (rec *recorder) tally(at model.Time, of *int) {
	rec.counts = append(rec.counts, count{at, func() { *of++ }})
}

func newRecorder(o *Options) *recorder {
	rec := &recorder{
		result: &Result{From: o.Since, Until: o.Until}, zone: o.Zone, render: o.Render,
		rules: map[string]*RuleResult{}, open: map[string]*Episode{}, owner: map[string]string{},
		ended: map[string]model.Time{}, live: map[string][]*Episode{},
	}
	if rec.zone == nil {
		rec.zone = time.UTC
	}
	for _, r := range o.Config.Rules {
		rr := &RuleResult{Rule: r, Receivers: map[string]int{}}
		rec.rules[r.Key] = rr
		rec.result.Rules = append(rec.result.Rules, rr)
	}
	slices.SortStableFunc(rec.result.Rules, func(a, b *RuleResult) int {
		return cmp.Or(cmp.Compare(a.Rule.File, b.Rule.File), cmp.Compare(a.Rule.Line, b.Rule.Line))
	})
	return rec
}

// observe takes in a batch.
func (rec *recorder) observe(ctx context.Context, b engine.Batch) {
	for i := range b.Changes {
		rec.change(&b.Changes[i])
	}
	for i := range b.Sends {
		rec.send(ctx, &b.Sends[i].Delivery)
	}
}

// change takes in a change of level.
func (rec *recorder) change(c *evaluator.Change) {
	rr := rec.rules[c.Alert.Rule]
	if rr == nil {
		rec.trouble(c)
		return
	}
	e := rec.open[c.Alert.Episode]
	switch {
	case e == nil:
		e = rec.begin(rr, c)
	case c.Kind == evaluator.Raise && c.From == rules.OK: // it flaps
		rec.tally(c.At, &rr.Refires)
	}
	e.peak(float64(c.Alert.Value))
	e.Worst = max(e.Worst, c.To)
	if c.Kind == evaluator.Flapping {
		e.Flap = true
		rec.tally(c.At, &rr.Flaps)
	}
	e.level(c.Alert.Level, c.At)
	if c.Alert.EndsAt != 0 { // what flaps is resolved many times, and one episode
		rec.end(e, c)
	}
}

func (rec *recorder) begin(rr *RuleResult, c *evaluator.Change) *Episode {
	e := &Episode{
		ID: c.Alert.Episode, Labels: c.Alert.Labels, Series: c.Alert.Series,
		Start: c.At, Peak: math.NaN(), Side: c.Alert.Side, bound: float64(c.Alert.Bound), series: c.Alert.Series.String(),
	}
	rec.open[e.ID], rec.owner[e.ID] = e, c.Alert.Rule
	rec.live[c.Alert.Rule] = append(rec.live[c.Alert.Rule], e)
	rr.Episodes = append(rr.Episodes, e)
	if last, known := rec.ended[instanceOf(c)]; known && c.At.Sub(last) <= time.Hour {
		rec.tally(c.At, &rr.Refires)
	}
	return e
}

func (rec *recorder) end(e *Episode, c *evaluator.Change) {
	e.End, e.Reason, e.page = c.At, c.Alert.Reason, nil // a page is large
	rec.ended[instanceOf(c)] = c.At
	rule := rec.owner[e.ID]
	rec.live[rule] = slices.DeleteFunc(rec.live[rule], func(x *Episode) bool { return x == e })
	delete(rec.open, e.ID)
	delete(rec.owner, e.ID)
}

func instanceOf(c *evaluator.Change) string { return c.Alert.Rule + "\x00" + c.Alert.Instance }

// level goes on at another level.
func (e *Episode) level(l rules.Level, at model.Time) {
	if n := len(e.Spans); n > 0 && e.Spans[n-1].Until == 0 {
		if e.Spans[n-1].Level == l {
			return
		}
		e.Spans[n-1].Until = at
	}
	if l > rules.OK {
		e.Spans = append(e.Spans, Span{Level: l, From: at})
	}
}

// peak takes in a value: the one farthest beyond the threshold is kept.
func (e *Episode) peak(v float64) {
	farther := v > e.Peak
	switch e.Side {
	case rules.Below:
		farther = v < e.Peak
	case rules.Outside:
		farther = math.Abs(v-e.bound) > math.Abs(e.Peak-e.bound)
	case rules.Above, rules.Present:
	}
	if !math.IsNaN(v) && (math.IsNaN(e.Peak) || farther) {
		e.Peak = v
	}
}

// look takes in what the series is now.
func (e *Episode) look(pg *page, at model.Time) {
	if e.page != pg {
		e.page, e.column = pg, pg.column(e.series)
	}
	if row := pg.rowAt(at); e.column >= 0 && row != nil && math.Float64bits(row[e.column]) != holeBits {
		e.peak(row[e.column])
	}
}

// trouble takes in an alert about the run itself, such as a query that fails.
func (rec *recorder) trouble(c *evaluator.Change) {
	if c.Kind == evaluator.Raise {
		rec.incomplete(c.Alert.Name + " " + c.Alert.Labels.String())
	}
}

func (rec *recorder) incomplete(why string) {
	if !slices.Contains(rec.result.Incomplete, why) {
		rec.result.Incomplete = append(rec.result.Incomplete, why)
	}
}

// send takes in a delivery.
func (rec *recorder) send(ctx context.Context, d *notifier.Delivery) {
	quiet := d.Effect != notifier.Post && d.Effect != notifier.Broadcast
	if d.Attempt > 1 || !rec.concerns(d) {
		return
	}
	if !quiet {
		rec.heard(d)
	}
	if d.At < rec.result.From {
		return
	}
	if quiet {
		rec.tally(d.At, &rec.result.Quiet)
		return
	}
	n := Notification{
		At: d.At, Receiver: d.Receiver, Kind: d.Kind, Reason: d.Reason, Level: d.Level,
		Group: d.Group.Labels, Night: Night(d.At.Time().In(rec.zone)),
	}
	about := map[string]bool{}
	for _, list := range [][]notifier.Entry{d.Firing, d.Resolved} {
		for i := range list {
			n.tell(&list[i])
			if list[i].News != notifier.Same || d.Reason == notifier.ReasonReminder {
				about[list[i].Alert.Rule] = true
			}
		}
	}
	rec.result.Notifications = append(rec.result.Notifications, n)
	rec.news(ctx, d, n, about)
}

// heard notes for each alert that fires that people have heard of it.
func (rec *recorder) heard(d *notifier.Delivery) {
	for i := range d.Firing {
		if e := rec.open[d.Firing[i].Alert.Episode]; e != nil {
			e.Told = append(e.Told, Telling{d.At, d.Receiver, d.Firing[i].Alert.Notify})
		}
	}
}

// hear counts a notification.
func (rr *RuleResult) hear(receiver string, night bool) {
	rr.Notifications++
	rr.Receivers[receiver]++
	if night {
		rr.Night++
	}
}

// concerns reports whether a delivery tells of a rule.
func (rec *recorder) concerns(d *notifier.Delivery) bool {
	of := func(e notifier.Entry) bool { return rec.rules[e.Alert.Rule] != nil }
	return slices.ContainsFunc(d.Firing, of) || slices.ContainsFunc(d.Resolved, of)
}

func (n *Notification) tell(e *notifier.Entry) {
	if len(n.Alerts) == mostEntries {
		n.Hidden++
		return
	}
	n.Alerts = append(n.Alerts, Entry{
		Rule: e.Alert.Rule, Name: e.Alert.Name, Labels: e.Labels, News: e.News, Level: e.Alert.Notify, Episode: e.Alert.Episode,
	})
}

// news counts a notification for each rule that it has news of.
func (rec *recorder) news(ctx context.Context, d *notifier.Delivery, n Notification, about map[string]bool) {
	text := ""
	for _, rr := range rec.result.Rules {
		if !about[rr.Rule.Key] {
			continue
		}
		rec.counts = append(rec.counts, count{n.At, func() { rr.hear(n.Receiver, n.Night) }})
		if rec.render != nil && len(rr.Messages) < mostMessages {
			if text == "" {
				text = rec.render(ctx, *d)
			}
			rr.Messages = append(rr.Messages, text)
		}
	}
}

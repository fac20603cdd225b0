package journal

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/engine/replay"
	"tocsin/evaluator"
	"tocsin/journal/image"
	"tocsin/notifier"
	"tocsin/rules"
)

// CompareOptions say where the past is known. Each of the two sources is asked in
// order of time, and only for the questions of the daemon's rules.
type CompareOptions struct {
	// Seen is asked for what the daemon asked for, Lived while its time is lived
	// through again with what history says. They may be pages of the same past.
	Seen, Lived engine.Source
	// Known reports whether a source can be asked.
	Known    func(source string) bool
	Progress func(done float64)
}

// Compare compares what a daemon saw, by its journal, with what its sources now say of
// the same instants, and lives through its time with that.
func Compare(ctx context.Context, dir string, o CompareOptions) (*Comparison, error) {
	c := &comparer{
		CompareOptions: o, ctx: ctx, out: &Comparison{}, rules: map[string]*Seen{},
		asks: map[*run]map[engine.AskID]engine.Ask{}, lives: map[*run]*life{}, named: map[string]*rules.Rule{},
	}
	_, err := Verify(ctx, dir, VerifyOptions{Progress: o.Progress, began: c.begin, observe: c.observe})
	if err != nil {
		return nil, err
	}
	c.out.Rules = nil
	for _, s := range sorted(c.rules) {
		c.out.Rules = append(c.out.Rules, *s)
	}
	for _, l := range c.order {
		if err := c.again(l); err != nil {
			return nil, err
		}
	}
	return c.out, ctx.Err()
}

// A Comparison is where history differs from what a daemon saw.
type Comparison struct {
	Rules []Seen
	// Then are news that the daemon told and would not tell with what is known now;
	// Now those that it would, and did not.
	Then, Now []News
	// Unknown counts answers of sources that could not be asked.
	Unknown int
	// Errors say why something could not be compared.
	Errors []string
}

// Seen counts, for a rule, how answers differ from history.
type Seen struct {
	Rule    string
	Answers int // that were compared
	Differ  int // of them
	Failed  int // queries that failed then
	Partial int // answers that were not whole then
	Late    int // samples that were not there then and are now
	Gone    int // samples that were there then and are not now
	Changed int // samples of another value
	Missed  int // of those that are late or changed: beyond a threshold now, and not then
	Example string
}

// A News is one thing that somebody was told, or would have been.
type News struct {
	At   model.Time
	Text string
}

// A life is a run to be lived through again.
type life struct {
	core   *engine.Core
	start  model.Time
	end    model.Time
	shift  time.Duration // by which core time is ahead of a clock that never steps
	inputs []replay.Scheduled
	told   []News
}

// A comparer goes through a journal.
type comparer struct {
	CompareOptions
	ctx   context.Context //nolint:containedctx // of the one call that it lives for
	out   *Comparison
	rules map[string]*Seen
	named map[string]*rules.Rule
	asks  map[*run]map[engine.AskID]engine.Ask
	lives map[*run]*life
	order []*life
}

// begin begins a life with what the daemon began with.
func (c *comparer) begin(r *run, f *openFile, s *step) {
	c.asks[r] = map[engine.AskID]engine.Ask{}
	twin := engine.New(f.Namespace)
	text, err := image.Take(r.core)
	if err == nil {
		err = image.Restore(twin, text)
	}
	if err != nil {
		c.fail("%s: %v", f.name, err)
		return
	}
	c.lives[r] = &life{core: twin, start: s.at}
	c.order = append(c.order, c.lives[r])
}

func (c *comparer) fail(format string, args ...any) {
	const most = 10
	if text := fmt.Sprintf(format, args...); len(c.out.Errors) < most && !slices.Contains(c.out.Errors, text) {
		c.out.Errors = append(c.out.Errors, text)
	}
}

// observe compares an answer with history, and takes down the rest.
func (c *comparer) observe(r *run, s *step, b engine.Batch) {
	l := c.lives[r]
	if l == nil {
		return
	}
	asks := c.asks[r]
	for _, a := range b.Asks {
		asks[a.ID] = a
	}
	switch in := s.input.(type) {
	case engine.Answered:
		if a, ok := asks[in.ID]; ok {
			delete(asks, in.ID)
			c.answer(a, in.Answer, s.total)
		}
	case engine.Reloaded:
		for _, rule := range in.Config.Rules {
			c.named[rule.Key] = rule
		}
		l.put(s)
	case engine.Stepped:
		l.shift += in.By // the step bears the time after it
		l.put(s)
	case engine.Silenced, engine.Unsilenced, engine.Acked, engine.Unacked, engine.Degraded, engine.Lost:
		l.put(s)
	case engine.Elapsed, engine.Settled, engine.Stopping:
	}
	l.end = s.at.Add(-l.shift)
	l.told = append(l.told, news(b.Sends)...)
}

func (l *life) put(s *step) {
	l.inputs = append(l.inputs, replay.Scheduled{At: s.at.Add(-l.shift), Input: s.input})
}

// answer compares one answer.
func (c *comparer) answer(a engine.Ask, then evaluator.Answer, total int) {
	if !c.Known(a.Source) {
		c.out.Unknown++
		return
	}
	now := c.Seen.Ask(c.ctx, a)
	if now.Outcome > evaluator.Partial {
		c.fail("source %q: %s", a.Source, now.Error)
		return
	}
	known, err := values(now)
	if err != nil {
		c.fail("source %q: %v", a.Source, err)
		return
	}
	for _, key := range a.Rules {
		s := c.rules[key]
		if s == nil {
			s = &Seen{Rule: key}
			c.rules[key] = s
		}
		s.compare(c.named[key], a, then, total, known)
	}
}

// values are the samples of an answer by their labels.
func values(a evaluator.Answer) (map[string]sample, error) {
	out := make(map[string]sample, len(a.Samples))
	for _, s := range a.Samples {
		ls := labels.EmptyLabels()
		if a.Parse != nil {
			var err error
			if ls, err = a.Parse(s.Raw); err != nil {
				return nil, err
			}
		}
		out[ls.String()] = sample{ls, s.Value}
	}
	return out, nil
}

type sample struct {
	labels labels.Labels
	value  float64
}

// compare counts how an answer differs from history. The journal has those of its
// samples that counted, and how many there were.
func (s *Seen) compare(r *rules.Rule, a engine.Ask, then evaluator.Answer, total int, now map[string]sample) {
	s.Answers++
	switch then.Outcome {
	case evaluator.Good:
	case evaluator.Partial:
		s.Partial++
	case evaluator.BadQuery, evaluator.Execution, evaluator.Unavailable:
		s.Failed++
		s.show(a, "failed: "+then.Error, fmt.Sprintf("%d series", len(now)))
		return
	}
	seen, err := values(then)
	if err != nil {
		return
	}
	differ := s.Late + s.Gone + s.Changed + s.Missed
	for _, key := range keysOf(seen) {
		x, is := now[key]
		switch was := seen[key]; {
		case !is:
			s.Gone++
			s.show(a, reading(key, was.value), "not there")
		case x.value != was.value && !(math.IsNaN(x.value) && math.IsNaN(was.value)):
			s.Changed++
			s.show(a, reading(key, was.value), fmt.Sprint(x.value))
		}
	}
	s.Late += max(len(now)-total, 0)
	for _, key := range keysOf(now) {
		if x := now[key]; r != nil && breaches(r, x) && !has(seen, key) {
			s.Missed++
			s.show(a, key+" not there or not beyond a threshold", fmt.Sprint(x.value))
		}
	}
	if s.Late+s.Gone+s.Changed+s.Missed > differ {
		s.Differ++
	}
}

func has(m map[string]sample, key string) bool {
	_, is := m[key]
	return is
}

func keysOf(m map[string]sample) []string {
	out := make([]string, 0, len(m))
	for key := range m {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

func reading(key string, value float64) string { return fmt.Sprintf("%s %v", key, value) }

func breaches(r *rules.Rule, x sample) bool {
	levels := r.For(x.labels)
	for _, l := range []*rules.LevelRule{levels.Warn, levels.Error} {
		if l != nil && l.Threshold.Breached(x.value) {
			return true
		}
	}
	return false
}

func (s *Seen) show(a engine.Ask, then, now string) {
	if s.Example == "" {
		s.Example = fmt.Sprintf("at %s then %s, now %s", stamp(a.At), then, now)
	}
}

// news are what sends tell that was not told before, each for itself: how it is
// grouped may depend on a millisecond.
func news(sends []engine.Send) (out []News) {
	for _, s := range sends {
		d := s.Delivery
		if d.Attempt != 1 || d.Reason == notifier.ReasonFace {
			continue
		}
		for _, e := range slices.Concat(d.Firing, d.Resolved) {
			if e.News != notifier.Same {
				out = append(out, News{d.At, fmt.Sprintf("%s told of %s: %s", d.Receiver, e.Labels, standing(e))})
			}
		}
	}
	return out
}

func standing(e notifier.Entry) string {
	if e.News == notifier.Resolved {
		return "resolved"
	}
	return e.News.String() + " " + e.Alert.Notify.String()
}

// again lives through a run with what history says.
func (c *comparer) again(l *life) error {
	var told []News
	sources := map[string]engine.Source{}
	for _, in := range l.inputs {
		if r, ok := in.Input.(engine.Reloaded); ok {
			for _, s := range r.Config.Sources {
				if c.Known(s.Name) {
					sources[s.Name] = c.Lived
				}
			}
		}
	}
	err := replay.Run(c.ctx, replay.Options{
		Core: l.core, Start: l.start, End: l.end + 1, Inputs: l.inputs, Sources: sources,
		Observe: func(b engine.Batch) { told = append(told, news(b.Sends)...) },
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	then, now := without(l.told, told), without(told, l.told)
	c.out.Then, c.out.Now = append(c.out.Then, then...), append(c.out.Now, now...)
	return nil
}

// without is what is in one list more often than in another.
func without(a, b []News) (out []News) {
	count := map[string]int{}
	for _, n := range b {
		count[n.Text]++
	}
	for _, n := range a {
		if count[n.Text]--; count[n.Text] < 0 {
			out = append(out, n)
		}
	}
	return out
}

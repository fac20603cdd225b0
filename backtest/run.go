package backtest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/engine/replay"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
	"tocsin/rules/promql"
)

// Options say what is to be lived through. Config, Pages, Since and Until are
// needed.
type Options struct {
	Config *rules.Config
	Pages  *Pages
	// Since and Until are the period that counts; what comes before it is lived
	// through too, so that timers are as they were.
	Since, Until model.Time
	// Silences are known from the start, and in force when they say.
	Silences []rules.Silence
	// Render writes a message as people would read it; nil: none is kept.
	Render func(context.Context, notifier.Delivery) string
	Zone   *time.Location // in which it is night; nil: UTC
	// Progress hears how far the run is; nil: nobody does.
	Progress func(at model.Time)
}

// Run lives through a period. A run that can't be ended, since a source is down, the
// budget is used up or ctx ends, returns what there is, and says why it is incomplete.
func Run(ctx context.Context, o Options) (*Result, error) {
	results, err := walk(ctx, o.Pages, o.Config.Rules, o)
	if err != nil {
		return nil, err
	}
	return results[0], nil
}

// Compare lives through a period with two configurations side by side: what both
// ask is asked once. A rule of both keeps its phase, so that only real differences
// show.
func Compare(ctx context.Context, base, head Options) (was, is *Result, err error) {
	head.Config = inPhase(base.Config, head.Config)
	results, err := walk(ctx, base.Pages, slices.Concat(base.Config.Rules, head.Config.Rules), base, head)
	if err != nil {
		return nil, nil, err
	}
	return results[0], results[1], nil
}

// inPhase gives rules of both configurations the phase that they had.
func inPhase(base, head *rules.Config) *rules.Config {
	phases := map[string]string{}
	for _, r := range base.Rules {
		phases[r.Key] = r.PhaseKey
	}
	out := *head
	out.Rules = slices.Clone(head.Rules)
	for i, r := range out.Rules {
		if phase, both := phases[r.Key]; both && phase != r.PhaseKey {
			moved := *r
			moved.PhaseKey = phase
			out.Rules[i] = &moved
		}
	}
	return &out
}

// slice is how far one configuration goes ahead of the other: less than a page.
func slice(all []*rules.Rule) time.Duration {
	least := time.Hour
	for _, r := range all {
		if step := stepOf(r); step > 0 {
			least = min(least, fewPoints*step)
		}
	}
	return least
}

// walk lives through the period of the options, which is the same for all of them,
// from the longest warm-up on.
func walk(ctx context.Context, pages *Pages, all []*rules.Rule, options ...Options) ([]*Result, error) {
	life, end := pages.Open(ctx)
	defer end()
	since, until := options[0].Since, options[0].Until
	begin := since
	for i := range options {
		begin = min(begin, since.Add(-WarmUp(options[i].Config, since)))
	}
	var passes []*pass
	for i := range options {
		p, err := start(life, &options[i], begin)
		if err != nil {
			return nil, err
		}
		passes = append(passes, p)
	}
	at, err := begin, error(nil)
	for ahead := slice(all); at < until && err == nil; {
		at = min(at.Add(ahead), until)
		for _, p := range passes {
			if err == nil {
				err = p.walk.Until(life, at)
			}
		}
		if o := options[0]; o.Progress != nil {
			o.Progress(at)
		}
	}
	if err == nil {
		for _, why := range unreached(life, passes) {
			for _, p := range passes {
				p.rec.incomplete(why)
			}
		}
	}
	return finish(life, passes, err), nil
}

// finish closes the results where all of them have come to.
func finish(life context.Context, passes []*pass, err error) []*Result {
	var results []*Result
	reached := passes[0].rec.result.Until
	for _, p := range passes {
		if err != nil {
			reached = min(reached, p.at)
		}
	}
	for _, p := range passes {
		if err != nil {
			p.rec.incomplete(fmt.Sprintf("the run ended %s: %v", whenEnded(reached, p.rec.result.From), context.Cause(life)))
		}
		r := p.rec.close(reached)
		r.Queries, r.Samples = p.pages.Budget.Queries(), p.pages.Budget.Samples()
		results = append(results, r)
	}
	return results
}

func whenEnded(at, from model.Time) string {
	if at < from {
		return "before the period began"
	}
	return "at " + at.Time().UTC().Format(time.RFC3339)
}

// A pass is one configuration on its way through time.
type pass struct {
	pages *Pages
	rec   *recorder
	walk  *replay.Walk
	at    model.Time            // of the last answer
	first map[string]model.Time // answer that held anything, by source; 0: none did
}

func start(ctx context.Context, o *Options, begin model.Time) (*pass, error) {
	p := &pass{pages: o.Pages, rec: newRecorder(o), first: map[string]model.Time{}}
	for _, rr := range p.rec.result.Rules {
		rr.Chart = newChart(o.Since, o.Until)
	}
	sources := map[string]engine.Source{}
	for _, s := range o.Config.Sources {
		sources[s.Name] = p
	}
	walk, err := replay.Begin(ctx, replay.Options{
		Core: engine.New("default"), Sources: sources, Sender: p, Start: begin, End: o.Until,
		Inputs:  o.inputs(begin),
		Observe: func(b engine.Batch) { p.rec.observe(ctx, b) },
	})
	p.walk = walk
	return p, err
}

// inputs are what comes from outside: the configuration and the silences.
func (o *Options) inputs(begin model.Time) []replay.Scheduled {
	all := []replay.Scheduled{{At: begin, Input: engine.Reloaded{Config: audible(o.Config)}}}
	for _, s := range o.Silences {
		if s.EndsAt > begin {
			all = append(all, replay.Scheduled{At: begin, Input: engine.Silenced{Silence: s}})
		}
	}
	return all
}

// audible gives each receiver somebody to tell: of a stranger's config the secrets
// are not expanded, and a rule file alone has no receivers. What is forwarded to
// another Alertmanager is no notification yet.
func audible(cfg *rules.Config) *rules.Config {
	out := *cfg
	out.Receivers = slices.Clone(cfg.Receivers)
	for i := range out.Receivers {
		r := &out.Receivers[i]
		r.Integrations = slices.DeleteFunc(slices.Clone(r.Integrations), func(in rules.Integration) bool { return in.Resend > 0 })
		if len(r.Integrations) == 0 {
			r.Integrations = []rules.Integration{{
				Key: "backtest/" + r.Name, Kind: "nobody", Receiver: r.Name, SendResolved: true, Timeout: time.Second,
			}}
		}
	}
	return &out
}

// Ask answers a question of the core from the pages, and looks at the answer on its
// way.
func (p *pass) Ask(ctx context.Context, a engine.Ask) evaluator.Answer {
	answer := p.pages.Ask(ctx, a)
	if answer.Outcome == evaluator.Unavailable { // the run is over
		return answer
	}
	p.at = a.At
	if p.first[a.Source] == 0 {
		p.first[a.Source] = 0
		if len(answer.Samples) > 0 {
			p.first[a.Source] = a.At
		}
	}
	low, high := math.NaN(), math.NaN()
	for _, s := range answer.Samples {
		if !(low <= s.Value) {
			low = s.Value
		}
		if !(high >= s.Value) {
			high = s.Value
		}
	}
	for _, key := range a.Rules {
		if rr := p.rec.rules[key]; rr != nil {
			p.look(rr, a, answer, low, high)
		}
	}
	return answer
}

// look notes what an answer says of a rule.
func (p *pass) look(rr *RuleResult, a engine.Ask, answer evaluator.Answer, low, high float64) {
	rr.Series = max(rr.Series, len(answer.Samples))
	rr.Chart.add(a.At, low, high)
	if answer.Error != "" {
		rr.problem(answer.Error)
		p.rec.incomplete(fmt.Sprintf("rule %s: the query failed: %s", rr.Rule.Alert, answer.Error))
	}
	open := p.rec.live[rr.Rule.Key]
	if len(open) == 0 {
		return
	}
	if pg := p.pages.page(a); pg != nil {
		for _, e := range open {
			e.look(pg, a.At)
		}
	}
}

func (rr *RuleResult) problem(text string) {
	if len(rr.Problems) < 3 && !slices.Contains(rr.Problems, text) {
		rr.Problems = append(rr.Problems, text)
	}
}

// Send delivers everything, and gives each message a place, so that those which
// can be edited are.
func (p *pass) Send(_ context.Context, d notifier.Delivery) notifier.Settled {
	return notifier.Settled{ID: d.ID, Attempt: d.Attempt, Outcome: notifier.Delivered, Handle: d.ID}
}

// byInstant reports whether an expression means something else at an instant than
// in a range.
func byInstant(expr string) bool {
	e, errs := promql.Parse(expr)
	return len(errs) == 0 && e.Bounded()
}

package online

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/rules"
	"tocsin/rules/file"
)

// A Subject is a rule to look at, with what bounds it.
type Subject struct {
	file.Written
	Source Source
	// Timeout is how long the daemon waits for the source.
	Timeout time.Duration
	// Limit is of how many series state is kept.
	Limit int
}

// Options say what to look at. Subjects and Now are needed.
type Options struct {
	Subjects []Subject
	Now      model.Time
	// Period is how much of the past is looked at; 0 is DefaultPeriod.
	Period time.Duration
	// Timeout bounds each question but for the expression of a rule at this instant, for
	// which that of its source counts; 0 is DefaultTimeout.
	Timeout time.Duration
	// Concurrency is how many rules are looked at at once; 0 is DefaultConcurrency.
	Concurrency int
	// Progress hears how many rules are done; nil: nobody does.
	Progress func(done int)
	// Wait waits before a source that gives no answer is asked again; nil: as long as it is
	// told.
	Wait func(ctx context.Context, d time.Duration)
}

// Defaults of Options.
const (
	DefaultPeriod      = 7 * 24 * time.Hour
	DefaultTimeout     = time.Minute
	DefaultConcurrency = 4
)

// A Result is what the sources told.
type Result struct {
	Problems []rules.Problem // in no order
	// Skipped are sources that were down from the start, by name.
	Skipped []Skipped
	// Unchecked are rules of which something could not be looked at, in the order of
	// Subjects.
	Unchecked []Unchecked
	Queries   int64
}

// A Skipped source has rules that nothing was asked for.
type Skipped struct {
	Source, Why string
	Rules       int
}

// An Unchecked rule is one of which not all is known.
type Unchecked struct {
	Rule *rules.Rule
	Why  string
}

// Run looks at rules. When ctx ends, the rest is unchecked.
func Run(ctx context.Context, o Options) Result {
	o.fill()
	c := &checker{Options: o, desks: map[Source]*desk{}, all: make([]outcome, len(o.Subjects))}
	skipped := c.open(ctx)
	c.each(ctx)
	c.again(ctx)
	return c.result(skipped)
}

func (o *Options) fill() {
	o.Period = cmp.Or(o.Period, DefaultPeriod)
	o.Timeout = cmp.Or(o.Timeout, DefaultTimeout)
	o.Concurrency = cmp.Or(o.Concurrency, DefaultConcurrency)
	if o.Wait == nil {
		o.Wait = wait
	}
	if o.Progress == nil {
		o.Progress = func(int) {}
	}
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// A checker is one run.
type checker struct {
	Options
	desks map[Source]*desk
	all   []outcome // of the subjects

	mu   sync.Mutex
	done int
}

// An outcome is what was found of one rule.
type outcome struct {
	problems []rules.Problem
	why      string        // something could not be looked at
	took     time.Duration // longer than it should; 0: it did not
	late     bool          // there was no answer in time, and nothing else was looked at
	skipped  bool
}

// open tries each source once, before anything is asked of it.
func (c *checker) open(ctx context.Context) (skipped []Skipped) {
	rows := map[Source]int{}
	for i, s := range c.Subjects {
		d := c.desks[s.Source]
		if d == nil {
			d = &desk{source: s.Source, o: &c.Options, memory: map[string]*memory{}}
			c.desks[s.Source] = d
			if down := d.ping(ctx); down != nil {
				rows[s.Source] = len(skipped)
				skipped = append(skipped, Skipped{Source: s.Rule.Source, Why: down.Text})
			}
		}
		if row, down := rows[s.Source]; down {
			skipped[row].Rules++
			c.all[i].skipped = true
		}
	}
	slices.SortStableFunc(skipped, func(a, b Skipped) int { return cmp.Compare(a.Source, b.Source) })
	return skipped
}

// each looks at all rules, some of them at once.
func (c *checker) each(ctx context.Context) {
	next := make(chan int)
	var group sync.WaitGroup
	for range min(c.Concurrency, len(c.Subjects)) {
		group.Go(func() {
			for i := range next {
				c.look(ctx, i)
			}
		})
	}
	for i := range c.Subjects {
		next <- i
	}
	close(next)
	group.Wait()
}

func (c *checker) look(ctx context.Context, i int) {
	if s := c.Subjects[i]; !c.all[i].skipped {
		c.all[i] = c.inspection(s).run(ctx)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done++
	c.Progress(c.done)
}

func (c *checker) inspection(s Subject) *inspection {
	return &inspection{Subject: s, o: &c.Options, desk: c.desks[s.Source]}
}

// again asks what was slow once more, and alone: it may have waited for the others.
func (c *checker) again(ctx context.Context) {
	for i, out := range c.all {
		switch in := c.inspection(c.Subjects[i]); {
		case out.late:
			c.all[i] = in.alone(ctx)
		case out.took > 0:
			c.all[i] = in.measuredAgain(ctx, out)
		}
	}
}

func (c *checker) result(skipped []Skipped) Result {
	r := Result{Skipped: skipped}
	for i, out := range c.all {
		r.Problems = append(r.Problems, out.problems...)
		if out.why != "" {
			r.Unchecked = append(r.Unchecked, Unchecked{c.Subjects[i].Rule, out.why})
		}
	}
	for _, d := range c.desks {
		r.Queries += d.queries.Load()
	}
	return r
}

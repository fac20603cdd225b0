package chart

import (
	"context"
	"errors"
	"sync"
	"time"

	"tocsin/notifier/message"
	"tocsin/rules"
)

// Bounds of what charts may cost.
const (
	budget   = 2 * time.Second // for one chart
	atOnce   = 8               // charts in the making
	most     = 40              // charts begun within a while
	while    = 10 * time.Second
	mostKept = 32               // pictures for retries
	rest     = 30 * time.Second // for a source that did not answer in time
)

// Charts that are given up so that messages don't wait: in a storm, and while a
// source hangs.
var (
	errBusy = errors.New("chart: too many at once")
	errRest = errors.New("chart: the source did not answer in time before")
)

// Options say where a charter finds what it draws.
type Options struct {
	// Range answers a query over time.
	Range Range
	// Rule returns a rule by its key, for its thresholds; nil if it is not known.
	// Without it only the threshold that decided is drawn.
	Rule func(key string) *rules.Rule
}

// A Charter draws what messages are about. It is safe for concurrent use.
type Charter struct {
	ask  Range
	rule func(key string) *rules.Rule

	mu    sync.Mutex
	kept  map[string]picture   // by delivery, so that a retry shows the same
	order []string             // of kept, oldest first
	hung  map[string]time.Time // by source, when it did not answer in time
	now   int                  // charts in the making
	begun []time.Time          // the latest ones, oldest first

	drawing sync.Mutex // one picture at a time: each takes 10 MB while it is drawn
}

// A picture is a chart and what it shows in words.
type picture struct {
	png []byte
	alt string
}

// New returns a charter. It asks nothing until a chart is wanted.
func New(o Options) *Charter {
	if o.Rule == nil {
		o.Rule = func(string) *rules.Rule { return nil }
	}
	return &Charter{ask: o.Range, rule: o.Rule, kept: map[string]picture{}, hung: map[string]time.Time{}}
}

// Chart draws the alerts of a message, at most MostSeries of them and all of one
// rule, within two seconds. It returns a PNG and the same in words; ok is false
// if there is nothing to draw, or not in time.
func (c *Charter) Chart(ctx context.Context, m *message.Message) (png []byte, alt string, ok bool) {
	if p, ok := c.recall(m.ID); ok {
		return p.png, p.alt, true
	}
	ctx, cancel := context.WithTimeout(ctx, budget)
	defer cancel()
	p, err := c.draw(ctx, m)
	if err != nil {
		return nil, "", false
	}
	c.remember(m.ID, p)
	return p.png, p.alt, true
}

func (c *Charter) draw(ctx context.Context, m *message.Message) (picture, error) {
	s, ok := c.subject(m)
	if !ok {
		return picture{}, errEmpty
	}
	if !c.begin(time.Now()) {
		return picture{}, errBusy
	}
	defer c.end()
	found, err := c.find(ctx, s.query())
	if err != nil {
		return picture{}, err
	}
	d := s.data(found)
	c.drawing.Lock()
	defer c.drawing.Unlock()
	png, err := Render(d)
	return picture{png, s.alt(d)}, err
}

// find asks a source, unless it was too slow a moment ago: one slow answer must
// not delay all messages of an hour.
func (c *Charter) find(ctx context.Context, q Query) ([]Found, error) {
	c.mu.Lock()
	hung, ok := c.hung[q.Source]
	c.mu.Unlock()
	if ok && time.Since(hung) < rest {
		return nil, errRest
	}
	found, err := c.ask(ctx, q)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		c.mu.Lock()
		c.hung[q.Source] = time.Now()
		c.mu.Unlock()
	}
	return found, err
}

// begin reports whether there is a turn. Nobody waits for one: a message without
// a chart now is better than one with a chart later.
func (c *Charter) begin(at time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.begun) > 0 && at.Sub(c.begun[0]) >= while {
		c.begun = c.begun[1:]
	}
	if c.now >= atOnce || len(c.begun) >= most {
		return false
	}
	c.now++
	c.begun = append(c.begun, at)
	return true
}

func (c *Charter) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now--
}

func (c *Charter) recall(id string) (picture, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.kept[id]
	return p, ok
}

// remember keeps a picture. What has no id can't be asked for again.
func (c *Charter) remember(id string, p picture) {
	if id == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.kept[id]; !ok {
		c.order = append(c.order, id)
	}
	c.kept[id] = p
	if len(c.order) > mostKept {
		delete(c.kept, c.order[0])
		c.order = c.order[1:]
	}
}

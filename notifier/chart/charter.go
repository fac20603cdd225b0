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
	budget   = 2 * time.Second        // for one chart
	queue    = 250 * time.Millisecond // of it, to wait for a turn
	atOnce   = 4                      // charts in the making
	mostKept = 32                     // pictures for retries
)

// errBusy is a chart for which there was no turn: in a storm messages go out
// without one.
var errBusy = errors.New("chart: too many at once")

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
	ask   Range
	rule  func(key string) *rules.Rule
	turns chan struct{}

	mu    sync.Mutex
	kept  map[string]picture // by delivery, so that a retry shows the same
	order []string           // of kept, oldest first
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
	return &Charter{ask: o.Range, rule: o.Rule, turns: make(chan struct{}, atOnce), kept: map[string]picture{}}
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
	if err := c.turn(ctx); err != nil {
		return picture{}, err
	}
	defer func() { <-c.turns }()
	found, err := c.ask(ctx, s.query())
	if err != nil {
		return picture{}, err
	}
	d := s.data(found)
	png, err := Render(d)
	return picture{png, s.alt(d)}, err
}

// turn waits until few enough are at work, but not for long.
func (c *Charter) turn(ctx context.Context) error {
	patience := time.NewTimer(queue)
	defer patience.Stop()
	select {
	case c.turns <- struct{}{}:
		return nil
	case <-patience.C:
		return errBusy
	case <-ctx.Done():
		return ctx.Err()
	}
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

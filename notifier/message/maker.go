package message

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"tocsin/evaluator"
	"tocsin/notifier"
)

// Bounds of what templates may ask for one message.
const (
	queryBudget  = 2 * time.Second // for all of them together
	mostQueries  = 50
	mostRounds   = 10 // a query may depend on the answer to another
	mostRemember = 100
)

// An Ask puts a template's query to a source at an instant. Failures are
// answers too.
type Ask func(ctx context.Context, source, expr string, at model.Time) evaluator.Answer

// A Maker renders messages and asks sources what their templates want to know.
// It is safe for concurrent use.
type Maker struct {
	renderer *Renderer
	ask      Ask

	mu      sync.Mutex
	answers map[string]Answers // by delivery, so that a retry says the same
	order   []string           // of answers, oldest first
}

// NewMaker returns a maker. Without ask, queries of templates fail.
func NewMaker(r *Renderer, ask Ask) *Maker {
	if ask == nil {
		ask = func(context.Context, string, string, model.Time) evaluator.Answer {
			return evaluator.Answer{Outcome: evaluator.Unavailable, Error: "there is no source to ask"}
		}
	}
	return &Maker{renderer: r, ask: ask, answers: map[string]Answers{}}
}

// Make renders the message of a delivery, with at most so many alerts as items
// (0: all). It takes at most two seconds longer than rendering does: what isn't
// answered by then is an error of the template, and the message goes out.
func (k *Maker) Make(ctx context.Context, d notifier.Delivery, most int) *Message {
	return k.make(ctx, d, func(answers Answers) (*Message, []Query) { return k.renderer.Render(d, most, answers) })
}

// Facts is Make for programs, of all alerts: the message has nothing but its items,
// and these have no texts and links but annotations and the graph. Items are made in
// the memory of those given, if it is enough.
func (k *Maker) Facts(ctx context.Context, d notifier.Delivery, room []Item) *Message {
	return k.make(ctx, d, func(answers Answers) (*Message, []Query) { return k.renderer.facts(d, answers, room) })
}

// A rendering makes a message with the answers that there are.
type rendering func(Answers) (*Message, []Query)

func (k *Maker) make(ctx context.Context, d notifier.Delivery, render rendering) *Message {
	answers := k.recall(d.ID)
	m := k.render(ctx, d.At, render, answers)
	k.remember(d.ID, answers)
	return m
}

// Describe returns alerts that fire as a message of an instant would show them,
// in their order. Nothing of it is remembered.
func (k *Maker) Describe(ctx context.Context, at model.Time, firing []notifier.Entry) []Item {
	d := notifier.Delivery{At: at, Firing: firing}
	return k.render(ctx, at, func(answers Answers) (*Message, []Query) { return k.renderer.Render(d, 0, answers) }, Answers{}).Items
}

// render makes a message in rounds, and adds to the answers what it asks.
func (k *Maker) render(ctx context.Context, at model.Time, render rendering, answers Answers) *Message {
	ctx, cancel := context.WithTimeout(ctx, queryBudget)
	defer cancel()
	for range mostRounds {
		m, missing := render(answers)
		if len(missing) == 0 {
			return m
		}
		for _, q := range missing {
			answers[q] = k.answer(ctx, q, at, len(answers))
		}
	}
	return giveUp(render, answers)
}

// giveUp renders what there is after the last round.
func giveUp(render rendering, answers Answers) *Message {
	m, missing := render(answers)
	if len(missing) > 0 {
		for _, q := range missing {
			answers[q] = evaluator.Answer{Outcome: evaluator.Unavailable, Error: "the template asks too often"}
		}
		m, _ = render(answers)
	}
	return m
}

func (k *Maker) answer(ctx context.Context, q Query, at model.Time, asked int) evaluator.Answer {
	switch {
	case asked >= mostQueries:
		return evaluator.Answer{Outcome: evaluator.Unavailable, Error: "too many queries in one message"}
	case ctx.Err() != nil:
		return evaluator.Answer{Outcome: evaluator.Unavailable, Error: "no time left to ask"}
	}
	return k.ask(ctx, q.Source, q.Expr, at)
}

// recall returns a copy of the answers that a delivery had before.
func (k *Maker) recall(id string) Answers {
	k.mu.Lock()
	defer k.mu.Unlock()
	answers := Answers{}
	for q, a := range k.answers[id] {
		answers[q] = a
	}
	return answers
}

func (k *Maker) remember(id string, answers Answers) {
	if len(answers) == 0 {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, ok := k.answers[id]; !ok {
		k.order = append(k.order, id)
		k.answers[id] = Answers{}
	}
	maps.Copy(k.answers[id], answers) // pages of one message are made at one time
	if len(k.order) > mostRemember {
		delete(k.answers, k.order[0])
		k.order = k.order[1:]
	}
}

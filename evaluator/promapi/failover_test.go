package promapi

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tocsin/engine"
	"tocsin/evaluator"
)

// A switchboard is two servers whose answers a test sets.
type switchboard struct {
	log
	answers [2]atomic.Pointer[http.HandlerFunc]
	urls    []string
}

func newSwitchboard(t *testing.T) *switchboard {
	b := new(switchboard)
	for i, name := range []string{"a", "b"} {
		b.set(i, says(200, vectorOf(`{"metric":{"from":"`+name+`"},"value":[1,"1"]}`)))
		b.urls = append(b.urls, serve(t, func(w http.ResponseWriter, r *http.Request) {
			b.add(name)
			(*b.answers[i].Load())(w, r)
		}))
	}
	return b
}

func (b *switchboard) set(i int, h http.HandlerFunc) { b.answers[i].Store(&h) }

func TestFirstThatAnswers(t *testing.T) {
	good := func(name string) http.HandlerFunc {
		return says(200, vectorOf(`{"metric":{"from":"`+name+`"},"value":[1,"1"]}`))
	}
	b := newSwitchboard(t)
	s := source(t, Options{URLs: b.urls})
	steps := []struct {
		says string
		do   func()
		want string
		log  string
	}{
		{"the first is asked first", func() {}, `good {from="a"}=1`, "a"},
		{"on a 500 the next is asked", func() { b.set(0, says(500, "")) }, `good {from="b"}=1`, "a b"},
		{"the one that answered is asked first now", func() { b.set(0, good("a")) }, `good {from="b"}=1`, "b"},
		{"until it fails", func() { b.set(1, says(429, "")) }, `good {from="a"}=1`, "b a"},
		{"a wrong query is an answer: nobody else is asked", func() {
			b.set(0, says(400, `{"status":"error","errorType":"bad_data","error":"no"}`))
		}, `bad query no`, "a"},
		{"so is a query that is too heavy", func() {
			b.set(0, says(503, `{"status":"error","errorType":"timeout","error":"slow"}`))
		}, `execution slow`, "a"},
		{"when all fail, each says why", func() {
			b.set(0, says(401, "who"))
			b.set(1, says(502, "<html><title>Bad Gateway</title>"))
		}, `unavailable A: 401 Unauthorized: who; B: 502 Bad Gateway: Bad Gateway`, "a b"},
		{"and the first to be back is taken", func() { b.set(1, good("b")) }, `good {from="b"}=1`, "a b"},
	}
	for _, step := range steps {
		step.do()
		got := show(s.Ask(t.Context(), engine.Ask{Expr: "up"}))
		got = strings.NewReplacer(b.urls[0], "A", b.urls[1], "B").Replace(got)
		if got != step.want {
			t.Errorf("%s: got %s, want %s", step.says, got, step.want)
		}
		if asked := b.take(); !slices.Equal(asked, strings.Fields(step.log)) {
			t.Errorf("%s: asked %v, want %s", step.says, asked, step.log)
		}
	}
}

func TestHungServerCostsOneQuestion(t *testing.T) {
	b := newSwitchboard(t)
	b.set(0, hang)
	s := source(t, Options{URLs: b.urls, Timeout: 100 * time.Millisecond})
	if got := s.Ask(t.Context(), engine.Ask{Expr: "up"}); got.Outcome != evaluator.Unavailable {
		t.Error(show(got))
	}
	if got, want := show(s.Ask(t.Context(), engine.Ask{Expr: "up"})), `good {from="b"}=1`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestCanceledQuestionBlamesNobody(t *testing.T) {
	b := newSwitchboard(t)
	s := source(t, Options{URLs: b.urls})
	ctx, cancel := context.WithCancel(t.Context())
	b.set(0, func(w http.ResponseWriter, r *http.Request) { cancel(); hang(w, r) })
	s.Ask(ctx, engine.Ask{Expr: "up"})
	b.take()
	b.set(0, says(200, vectorOf(one)))
	s.Ask(t.Context(), engine.Ask{Expr: "up"})
	if got := b.take(); !slices.Equal(got, []string{"a"}) {
		t.Errorf("after a question that was given up, %v is asked", got)
	}
}

func TestConcurrentQuestions(t *testing.T) {
	b := newSwitchboard(t)
	s := source(t, Options{URLs: b.urls})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			if i == 10 {
				b.set(0, says(503, ""))
			}
			if got := s.Ask(t.Context(), engine.Ask{Expr: "up"}); got.Outcome != evaluator.Good {
				t.Error(show(got))
			}
		})
	}
	wg.Wait()
}

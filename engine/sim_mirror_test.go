package engine_test

import (
	"bytes"
	"fmt"

	"github.com/prometheus/common/model"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/journal/image"
)

const (
	// mirrorEvery is of how many seeds one is followed, pictureEvery after how many
	// steps the one that follows begins anew.
	mirrorEvery  = 20
	pictureEvery = 150
)

// A mirror is a second core that takes each step of the first: what a journal promises.
// It is restored from a picture of the first again and again, and it gets answers that are
// cut to what counts.
type mirror struct {
	core, of *engine.Core
	steps    int
}

// follow wants the second core to do what the first has done.
func (m *mirror) follow(first *engine.Core, at model.Time, in engine.Input, b engine.Batch) error {
	if m == nil {
		return nil
	}
	if first == m.of && m.core != nil {
		if a, ok := in.(engine.Answered); ok {
			a.Answer = cutTo(a.Answer, first.Used())
			in = a
		}
		got := engine.AppendTranscript(nil, m.core.Step(at, in))
		if want := engine.AppendTranscript(nil, b); !bytes.Equal(got, want) {
			return fmt.Errorf("a restored core parts from the first on %T:\n%s\nthe first:\n%s", in, got, want)
		}
	}
	if m.steps++; first == m.of && m.steps%pictureEvery != 0 {
		return nil
	}
	text, err := image.Take(first)
	if err != nil {
		return err
	}
	m.of, m.core = first, engine.New("default")
	return image.Restore(m.core, text)
}

func cutTo(a evaluator.Answer, used []int) evaluator.Answer {
	if len(used) == 0 && len(a.Samples) > 0 {
		used = []int{0}
	}
	var samples []evaluator.Sample
	for _, n := range used {
		samples = append(samples, a.Samples[n])
	}
	a.Samples = samples
	return a
}

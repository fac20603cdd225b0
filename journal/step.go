package journal

import (
	"encoding/json"
	"fmt"
	"hash/fnv"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"tocsin/engine"
	"tocsin/evaluator"
	"tocsin/notifier"
	"tocsin/rules"
)

// The kinds of records.
const (
	headRecord byte = iota + 1
	rowRecord
	imageRecord
	stepRecord
	endRecord
)

// The kinds of inputs. Their numbers are part of the format.
const (
	elapsed byte = iota + 1
	answered
	settled
	silenced
	unsilenced
	acked
	unacked
	reloaded
	stepped
	degraded
	lost
	stopping
)

// A head begins a file.
type head struct {
	Program   string
	Namespace string
	Run       string // of one process
	Part      int    // of the run, from 0
	Step      uint64 // number of the first step in it
	Layout    string // of the image
}

// A step is what the core was given and what came of it.
type step struct {
	seq   uint64
	at    model.Time
	input engine.Input
	total int // samples that the answer had before it was cut

	// Changes and sends, as a transcript; and a digest of the asks.
	decided string
	asks    uint64
}

// A book numbers the texts of series within a file: each is spelled out once. Who
// writes and who reads keep the same.
type book struct {
	numbers map[string]uint64
	series  []series
	seq     uint64
	at      model.Time
}

// A series is a text with what it means.
type series struct {
	raw    string
	labels labels.Labels
	err    string
}

func newBook(seq uint64) *book { return &book{numbers: map[string]uint64{}, seq: seq - 1} }

// write appends a step.
func (k *book) write(e *encoder, s step) error {
	e.byte(stepRecord)
	e.int(int64(s.seq - k.seq))
	e.int(int64(s.at - k.at))
	k.seq, k.at = s.seq, s.at
	if err := k.writeInput(e, s); err != nil {
		return err
	}
	e.text(s.decided)
	e.fixed(s.asks)
	return nil
}

func (k *book) writeInput(e *encoder, s step) error {
	var body any
	switch in := s.input.(type) {
	case engine.Elapsed:
		e.byte(elapsed)
		return nil
	case engine.Stopping:
		e.byte(stopping)
		return nil
	case engine.Answered:
		e.byte(answered)
		k.writeAnswer(e, in, s.total)
		return nil
	case engine.Reloaded:
		e.byte(reloaded)
		text, err := encodeConfig(in.Config)
		e.bytes(text)
		return err
	case engine.Settled:
		e.byte(settled)
		body = in.Settled
	case engine.Silenced:
		e.byte(silenced)
		body = in.Silence
	case engine.Unsilenced:
		e.byte(unsilenced)
		body = in
	case engine.Acked:
		e.byte(acked)
		body = in
	case engine.Unacked:
		e.byte(unacked)
		body = in
	case engine.Stepped:
		e.byte(stepped)
		body = in
	case engine.Degraded:
		e.byte(degraded)
		body = in
	case engine.Lost:
		e.byte(lost)
		body = in
	}
	text, err := json.Marshal(body)
	e.bytes(text)
	return err
}

func (k *book) writeAnswer(e *encoder, in engine.Answered, total int) {
	a := in.Answer
	e.uint(uint64(in.ID))
	e.byte(byte(a.Outcome))
	e.text(a.Error)
	e.uint(uint64(total))
	e.uint(uint64(len(a.Samples)))
	e.truth(a.Parse != nil)
	for _, s := range a.Samples {
		k.writeSeries(e, s.Raw, a.Parse)
		e.float(s.Value)
	}
}

// writeSeries writes the number of a text, and what it means when it is new.
func (k *book) writeSeries(e *encoder, raw string, parse func(string) (labels.Labels, error)) {
	n, known := k.numbers[raw]
	if known {
		e.uint(n)
		return
	}
	n = uint64(len(k.numbers))
	raw = string(append([]byte(nil), raw...)) // it may be a slice of a large body
	k.numbers[raw] = n
	e.uint(n)
	e.text(raw)
	if parse == nil {
		e.uint(0)
		e.text("")
		return
	}
	ls, err := parse(raw)
	if err != nil {
		e.uint(0)
		e.text(err.Error())
		return
	}
	e.uint(uint64(ls.Len()))
	ls.Range(func(l labels.Label) {
		e.text(l.Name)
		e.text(l.Value)
	})
	e.text("")
}

// read takes a step apart.
func (k *book) read(d *decoder) (step, error) {
	k.seq += uint64(d.int())
	k.at += model.Time(d.int())
	s := step{seq: k.seq, at: k.at}
	var err error
	if s.input, err = k.readInput(d, &s); err != nil {
		return s, err
	}
	s.decided, s.asks = d.text(), d.fixed()
	return s, d.err
}

func (k *book) readInput(d *decoder, s *step) (engine.Input, error) {
	switch kind := d.byte(); kind {
	case elapsed:
		return engine.Elapsed{}, d.err
	case stopping:
		return engine.Stopping{}, d.err
	case answered:
		return k.readAnswer(d, s)
	case reloaded:
		cfg, err := decodeConfig(d.bytes())
		return engine.Reloaded{Config: cfg}, err
	case settled:
		return as(d, func(v notifier.Settled) engine.Input { return engine.Settled{Settled: v} })
	default:
		return readOther(d, kind)
	}
}

func readOther(d *decoder, kind byte) (engine.Input, error) {
	switch kind {
	case silenced:
		return as(d, func(v rules.Silence) engine.Input { return engine.Silenced{Silence: v} })
	case unsilenced:
		return as(d, func(v engine.Unsilenced) engine.Input { return v })
	case acked:
		return as(d, func(v engine.Acked) engine.Input { return v })
	case unacked:
		return as(d, func(v engine.Unacked) engine.Input { return v })
	case stepped:
		return as(d, func(v engine.Stepped) engine.Input { return v })
	case degraded:
		return as(d, func(v engine.Degraded) engine.Input { return v })
	case lost:
		return as(d, func(v engine.Lost) engine.Input { return v })
	}
	return nil, fmt.Errorf("%w: an input of the unknown kind %d", errDamaged, kind)
}

// as reads JSON and makes an input of it.
func as[T any](d *decoder, wrap func(T) engine.Input) (engine.Input, error) {
	var v T
	text := d.bytes()
	if d.err != nil {
		return nil, d.err
	}
	err := json.Unmarshal(text, &v)
	return wrap(v), err
}

func (k *book) readAnswer(d *decoder, s *step) (engine.Input, error) {
	in := engine.Answered{ID: engine.AskID(d.uint())}
	a := &in.Answer
	a.Outcome, a.Error = evaluator.Outcome(d.byte()), d.text()
	s.total = int(d.uint())
	n := d.uint()
	if d.truth() {
		a.Parse = k.parse
	}
	if n > uint64(len(d.b)) {
		return nil, errShort
	}
	a.Samples = make([]evaluator.Sample, 0, n)
	for range n {
		raw := k.readSeries(d)
		a.Samples = append(a.Samples, evaluator.Sample{Raw: raw, Value: d.float()})
	}
	return in, d.err
}

func (k *book) readSeries(d *decoder) string {
	n := d.uint()
	if n < uint64(len(k.series)) {
		return k.series[n].raw
	}
	if n > uint64(len(k.series)) {
		d.fail()
		return ""
	}
	s := series{raw: d.text()}
	b := labels.NewScratchBuilder(0)
	for range d.uint() {
		if d.err != nil {
			return ""
		}
		b.Add(d.text(), d.text())
	}
	s.labels, s.err = b.Labels(), d.text()
	k.numbers[s.raw] = n
	k.series = append(k.series, s)
	return s.raw
}

// parse says what a text means, as the source's own parser did.
func (k *book) parse(raw string) (labels.Labels, error) {
	n, known := k.numbers[raw]
	if !known {
		return labels.EmptyLabels(), fmt.Errorf("series %q is not in the journal", raw)
	}
	s := k.series[n]
	if s.err != "" {
		return labels.EmptyLabels(), fmt.Errorf("%s", s.err)
	}
	return s.labels, nil
}

// cut is an answer without the samples that nothing can have come of.
func cut(a evaluator.Answer, used []int) evaluator.Answer {
	if len(used) == 0 && len(a.Samples) > 0 {
		used = []int{0}
	}
	samples := make([]evaluator.Sample, 0, len(used))
	for _, n := range used {
		samples = append(samples, a.Samples[n])
	}
	a.Samples = samples
	return a
}

// decided is what came of a step, as text, and a digest of what was asked.
func decided(b engine.Batch) (string, uint64) {
	text := engine.AppendTranscript(nil, engine.Batch{Seq: b.Seq, At: b.At, Changes: b.Changes, Sends: b.Sends})
	return string(text), digest(b.Asks)
}

func digest(asks []engine.Ask) uint64 {
	if len(asks) == 0 {
		return 0
	}
	h := fnv.New64a()
	for _, a := range asks {
		_, _ = fmt.Fprintf(h, "%d %q %q %d %d %q\n", a.ID, a.Source, a.Expr, int64(a.At), int64(a.Deadline), a.Rules)
	}
	return h.Sum64()
}

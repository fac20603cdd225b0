// Package image pictures a core, exactly: whoever restores the picture has a core that
// takes the same steps from there on. A journal needs that to begin a file while the
// daemon runs; what the store keeps is not enough, since it leaves out what a restart
// may lose, such as questions under way.
//
// The core is a graph of plain values in three packages that know nothing of this:
// the graph is walked by its types, unexported fields too, and written down object by
// object. That is what package unsafe is for here, and here alone. It stays honest in
// three ways. The only thing that is written through an unsafe pointer is a core that
// nobody has used yet. A picture is only read by a program in which all types are the
// same, field by field: see Layout. And what the walk doesn't know, such as a function
// or a channel that a new field might bring, is an error of Take, which the tests call
// after each step of a simulated year.
package image

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"

	"tocsin/engine"
	"tocsin/rules"
	"tocsin/rules/file"
)

var (
	// errUnknown is of a core that holds what can't be pictured.
	errUnknown = errors.New("it holds what can't be pictured")
	// errDamaged is of a picture that is none.
	errDamaged = errors.New("the image of the core is damaged")
)

// Take pictures a core between two steps.
func Take(c *engine.Core) ([]byte, error) {
	t, err := newKinds()
	if err != nil {
		return nil, err
	}
	e := &taker{kinds: t, seen: map[region]bool{}, maps: map[unsafe.Pointer]int{}}
	e.region(unsafe.Pointer(c), t.core, 1)
	for len(e.todo) > 0 && e.err == nil {
		r := e.todo[len(e.todo)-1]
		e.todo = e.todo[:len(e.todo)-1]
		each(r, e.walk)
	}
	e.merge()
	if e.err != nil {
		return nil, e.err
	}
	e.write(unsafe.Pointer(c), t.planner(unsafe.Pointer(c)))
	return e.b, e.err
}

// Restore makes a new core, into which nothing was restored and which took no step,
// like the one that was pictured.
func Restore(c *engine.Core, text []byte) (err error) {
	t, err := newKinds()
	if err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", errDamaged, r)
		}
	}()
	d := &restorer{kinds: t, b: text}
	d.objects(unsafe.Pointer(c), t.planner(unsafe.Pointer(c)))
	for _, r := range d.all {
		each(r, d.read)
	}
	if len(d.b) > 0 {
		return errDamaged
	}
	cfg := *(**rules.Config)(unsafe.Add(unsafe.Pointer(c), t.config))
	for _, r := range d.all {
		if r.k == t.rule {
			each(r, func(_ *kind, p unsafe.Pointer) { compile((*rules.Rule)(p), cfg) })
		}
	}
	return nil
}

// compile gives the labels of a rule back what they are expanded by.
func compile(r *rules.Rule, cfg *rules.Config) {
	for i := range r.Labels {
		l := &r.Labels[i]
		if l.Expand != nil {
			l.Expand = file.CompileLabel(l.Text, r.Alert, cfg.ExternalLabels, cfg.ExternalURL)
		}
	}
}

// A region is memory that holds so many values of a type.
type region struct {
	p unsafe.Pointer
	k *kind
	n int
}

func (r region) size() uintptr { return r.k.size * uintptr(r.n) }

func (r region) begin() uintptr { return uintptr(r.p) }

func (r region) end() uintptr { return uintptr(r.p) + r.size() }

// each calls f for each value of a region.
func each(r region, f func(*kind, unsafe.Pointer)) {
	for i := range r.n {
		f(r.k, unsafe.Add(r.p, uintptr(i)*r.k.size))
	}
}

// A slice is what Go makes of a slice in memory.
type slice struct {
	p        unsafe.Pointer
	len, cap int
}

func uvarint(b []byte, v int) []byte { return binary.AppendUvarint(b, uint64(v)) }

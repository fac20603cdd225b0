package image

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"sort"
	"time"
	"unsafe"

	"tocsin/rules"
)

// A taker walks through a core and writes it down.
type taker struct {
	*kinds
	todo []region // found and not yet walked through
	seen map[region]bool
	maps map[unsafe.Pointer]int // by where they are: their numbers, -1 until they are written

	numbered int // maps that have a number

	objects []region // what pointers point into, by address; none within another
	b       []byte
	err     error
}

func (e *taker) fail(t reflect.Type) {
	if e.err == nil {
		e.err = fmt.Errorf("%w: a %s", errUnknown, t)
	}
}

// region notes memory that something points to.
func (e *taker) region(p unsafe.Pointer, k *kind, n int) {
	r := region{p, k, n}
	if e.seen[r] {
		return
	}
	e.seen[r] = true
	e.objects = append(e.objects, r)
	if !k.flat {
		e.todo = append(e.todo, r)
	}
}

// walk finds what a value leads to.
func (e *taker) walk(k *kind, p unsafe.Pointer) {
	if k.flat || k.special != ordinary {
		return
	}
	switch k.of {
	case reflect.String:
	case reflect.Func:
		e.function(k, p)
	case reflect.Pointer:
		if to := *(*unsafe.Pointer)(p); to != nil {
			e.region(to, k.elem, 1)
		}
	case reflect.Slice:
		if s := *(*slice)(p); s.len > 0 {
			e.region(s.p, k.elem, s.len)
		}
	case reflect.Array:
		each(region{p, k.elem, k.len}, e.walk)
	case reflect.Struct:
		for _, f := range k.fields {
			e.walk(f.kind, unsafe.Add(p, f.offset))
		}
	case reflect.Map:
		if m := *(*unsafe.Pointer)(p); m != nil {
			if _, known := e.maps[m]; !known {
				e.maps[m] = -1
				e.entries(k, p, e.walk)
			}
		}
	case reflect.Interface:
		if v := reflect.NewAt(k.t, p).Elem(); !v.IsNil() {
			if behind, at := e.behind(v); behind != nil {
				e.walk(behind, at)
			}
		}
	default:
		e.fail(k.t)
	}
}

// function refuses one that nobody would give back.
func (e *taker) function(k *kind, p unsafe.Pointer) {
	if *(*unsafe.Pointer)(p) != nil && !k.known {
		e.fail(k.t)
	}
}

// behind is what stands behind an interface, where it has an address.
func (e *taker) behind(v reflect.Value) (*kind, unsafe.Pointer) {
	k := e.byType[v.Elem().Type()]
	if k == nil {
		e.fail(v.Elem().Type())
		return nil, nil
	}
	c := reflect.New(k.t)
	c.Elem().Set(v.Elem())
	return k, c.UnsafePointer()
}

// entries visits the keys and values of a map.
func (e *taker) entries(k *kind, p unsafe.Pointer, visit func(*kind, unsafe.Pointer)) {
	key, value := reflect.New(k.key.t), reflect.New(k.elem.t)
	for it := reflect.NewAt(k.t, p).Elem().MapRange(); it.Next(); {
		key.Elem().SetIterKey(it)
		value.Elem().SetIterValue(it)
		visit(k.key, key.UnsafePointer())
		visit(k.elem, value.UnsafePointer())
	}
}

// merge leaves those objects that lie in no other: what points into one is
// written as a place in it.
func (e *taker) merge() {
	slices.SortStableFunc(e.objects, func(a, b region) int {
		return cmp.Or(cmp.Compare(a.begin(), b.begin()), cmp.Compare(b.size(), a.size()))
	})
	var out []region
	for _, r := range e.objects {
		last := len(out) - 1
		switch {
		case last < 0 || r.begin() >= out[last].end() || r.size() == 0 && r.begin() != out[last].begin():
			out = append(out, r)
		case r.end() <= out[last].end():
		case r.k == out[last].k && (r.begin()-out[last].begin())%r.k.size == 0: // slices of one array
			out[last].n = int((r.end() - out[last].begin()) / r.k.size)
		default:
			e.fail(r.k.t)
		}
	}
	e.objects = out
}

// place returns the object that holds an address, and where in it.
func (e *taker) place(p unsafe.Pointer) (object int, offset uintptr) {
	n := sort.Search(len(e.objects), func(i int) bool { return e.objects[i].begin() > uintptr(p) }) - 1
	return n, uintptr(p) - e.objects[n].begin()
}

// write writes the table of objects, then what is in them.
func (e *taker) write(core, planner unsafe.Pointer) {
	e.b = uvarint(e.b, len(e.objects))
	for _, special := range []unsafe.Pointer{core, planner} {
		n, _ := e.place(special)
		e.b = uvarint(e.b, n)
	}
	for _, r := range e.objects {
		e.b = uvarint(uvarint(e.b, r.k.number), r.n)
	}
	for _, r := range e.objects {
		each(r, e.put)
	}
}

// put writes a value.
func (e *taker) put(k *kind, p unsafe.Pointer) {
	if k.flat {
		e.b = append(e.b, unsafe.Slice((*byte)(p), k.size)...)
		return
	}
	switch k.special {
	case pattern:
		if re := *(**regexp.Regexp)(p); re != nil {
			e.text("+" + re.String())
			return
		}
		e.text("")
	case location:
		if loc := *(**time.Location)(p); loc != nil {
			e.text("+" + loc.String())
			return
		}
		e.text("")
	case schedule:
		e.text((*rules.Schedule)(p).Text)
	case ordinary:
		e.putOrdinary(k, p)
	}
}

func (e *taker) putOrdinary(k *kind, p unsafe.Pointer) {
	switch k.of {
	case reflect.String:
		e.text(*(*string)(p))
	case reflect.Func:
		e.truth(*(*unsafe.Pointer)(p) != nil)
	case reflect.Pointer:
		to := *(*unsafe.Pointer)(p)
		if e.truth(to != nil); to != nil {
			e.pointer(to)
		}
	case reflect.Slice:
		s := *(*slice)(p)
		if e.truth(s.p != nil); s.p == nil {
			return
		}
		if e.b = uvarint(e.b, s.len); s.len > 0 {
			e.pointer(s.p)
		}
	case reflect.Array:
		each(region{p, k.elem, k.len}, e.put)
	case reflect.Struct:
		for _, f := range k.fields {
			e.put(f.kind, unsafe.Add(p, f.offset))
		}
	case reflect.Map:
		e.putMap(k, p)
	case reflect.Interface:
		v := reflect.NewAt(k.t, p).Elem()
		if e.truth(!v.IsNil()); v.IsNil() {
			return
		}
		if behind, at := e.behind(v); behind != nil {
			e.b = uvarint(e.b, behind.number)
			e.put(behind, at)
		}
	default:
		e.fail(k.t)
	}
}

// putMap writes a map where it is met first, and its number elsewhere.
func (e *taker) putMap(k *kind, p unsafe.Pointer) {
	m := *(*unsafe.Pointer)(p)
	if e.truth(m != nil); m == nil {
		return
	}
	if n := e.maps[m]; n >= 0 {
		e.b = uvarint(e.b, n)
		return
	}
	e.maps[m] = e.numbered
	e.b = uvarint(e.b, e.numbered)
	e.numbered++
	e.b = uvarint(e.b, reflect.NewAt(k.t, p).Elem().Len())
	e.entries(k, p, e.put)
}

func (e *taker) pointer(to unsafe.Pointer) {
	n, at := e.place(to)
	e.b = binary.AppendUvarint(uvarint(e.b, n), uint64(at))
}

func (e *taker) text(s string) { e.b = append(uvarint(e.b, len(s)), s...) }

func (e *taker) truth(v bool) {
	if v {
		e.b = append(e.b, 1)
		return
	}
	e.b = append(e.b, 0)
}

package image

import (
	"encoding/binary"
	"reflect"
	"regexp"
	"time"
	"unsafe"

	"tocsin/rules"
	"tocsin/rules/file"
)

// A restorer makes a core of a picture. What is wrong in a picture ends in a panic,
// which Restore makes an error of.
type restorer struct {
	*types
	all  []region
	maps []reflect.Value
	b    []byte
}

// objects makes all objects, empty; the core and its planner are there already,
// since they know each other by a function.
func (d *restorer) objects(core, planner unsafe.Pointer) {
	n := d.size()
	there := map[int]unsafe.Pointer{}
	for _, p := range []unsafe.Pointer{core, planner} {
		there[d.uint()] = p
	}
	d.all = make([]region, 0, n)
	for i := range n {
		r := region{t: d.types.all[d.uint()], n: d.size()}
		if r.p = there[i]; r.p == nil {
			r.p = reflect.MakeSlice(reflect.SliceOf(r.t), r.n, r.n).UnsafePointer()
		}
		d.all = append(d.all, r)
	}
}

// read fills a value.
func (d *restorer) read(t reflect.Type, p unsafe.Pointer) {
	if d.isFlat(t) {
		copy(unsafe.Slice((*byte)(p), t.Size()), d.take(int(t.Size())))
		return
	}
	switch t {
	case d.pattern:
		if s := d.text(); s != "" {
			*(**regexp.Regexp)(p) = regexp.MustCompile(s[1:])
		}
		return
	case d.location:
		if s := d.text(); s != "" {
			*(**time.Location)(p) = must(time.LoadLocation(s[1:]))
		}
		return
	case d.schedule:
		if s := d.text(); s != "" {
			*(*rules.Schedule)(p) = *must(file.ReadSchedule(s))
		}
		return
	}
	d.readKind(t, p)
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func (d *restorer) readKind(t reflect.Type, p unsafe.Pointer) {
	switch t.Kind() {
	case reflect.String:
		*(*string)(p) = d.text()
	case reflect.Func:
		d.function(t, p)
	case reflect.Pointer:
		*(*unsafe.Pointer)(p) = nil
		if d.truth() {
			*(*unsafe.Pointer)(p) = d.pointer()
		}
	case reflect.Slice:
		d.readSlice(t, p)
	case reflect.Array:
		each(region{p, t.Elem(), t.Len()}, d.read)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			d.read(f.Type, unsafe.Add(p, f.Offset))
		}
	case reflect.Map:
		reflect.NewAt(t, p).Elem().Set(d.readMap(t))
	case reflect.Interface:
		v := reflect.NewAt(t, p).Elem()
		v.SetZero()
		if d.truth() {
			dynamic := reflect.New(d.types.all[d.uint()])
			d.read(dynamic.Type().Elem(), dynamic.UnsafePointer())
			v.Set(dynamic.Elem())
		}
	default:
		panic(t.String())
	}
}

// function leaves a function that is there, and puts something in the place of one that
// will be compiled anew.
func (d *restorer) function(t reflect.Type, p unsafe.Pointer) {
	v := reflect.NewAt(t, p).Elem()
	if !d.truth() {
		v.SetZero()
		return
	}
	if v.IsNil() {
		v.Set(reflect.MakeFunc(t, func([]reflect.Value) []reflect.Value { panic("not compiled") }))
	}
}

func (d *restorer) readSlice(t reflect.Type, p unsafe.Pointer) {
	*(*slice)(p) = slice{}
	if !d.truth() {
		return
	}
	n := d.size()
	if n == 0 {
		reflect.NewAt(t, p).Elem().Set(reflect.MakeSlice(t, 0, 0))
		return
	}
	*(*slice)(p) = slice{p: d.pointer(), len: n, cap: n}
}

func (d *restorer) readMap(t reflect.Type) reflect.Value {
	if !d.truth() {
		return reflect.Zero(t)
	}
	n := d.uint()
	if n < len(d.maps) {
		return d.maps[n]
	}
	size := d.size()
	m := reflect.MakeMapWithSize(t, size)
	d.maps = append(d.maps, m)
	for range size {
		key, value := reflect.New(t.Key()), reflect.New(t.Elem())
		d.read(t.Key(), key.UnsafePointer())
		d.read(t.Elem(), value.UnsafePointer())
		m.SetMapIndex(key.Elem(), value.Elem())
	}
	return m
}

func (d *restorer) pointer() unsafe.Pointer {
	r := d.all[d.uint()]
	at := d.uint()
	if uintptr(at) > r.size() {
		panic("a pointer beyond its object")
	}
	return unsafe.Add(r.p, at)
}

func (d *restorer) take(n int) []byte {
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *restorer) uint() int {
	v, n := binary.Uvarint(d.b)
	if n <= 0 || v > 1<<40 {
		panic("a number that is none")
	}
	d.b = d.b[n:]
	return int(v)
}

// size is a number of things, of which each takes room in the picture.
func (d *restorer) size() int {
	n := d.uint()
	if n > len(d.b)+1 {
		panic("more things than there is room for")
	}
	return n
}

func (d *restorer) text() string { return string(d.take(d.size())) }

func (d *restorer) truth() bool { return d.take(1)[0] == 1 }

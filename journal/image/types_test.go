package image

import (
	"errors"
	"reflect"
	"testing"
	"unsafe"
)

// TestUnknownFunction: a function that nobody gives back is no part of a picture.
func TestUnknownFunction(t *testing.T) {
	k, err := newKinds()
	if err != nil {
		t.Fatal(err)
	}
	type odd struct{ call func(odd bool) }
	x := k.learn(reflect.TypeFor[odd]())
	for _, c := range []struct {
		why  string
		odd  odd
		want error
	}{
		{"none is there", odd{}, nil},
		{"one is there", odd{func(bool) {}}, errUnknown},
	} {
		e := &taker{kinds: k}
		e.walk(x, unsafe.Pointer(&c.odd))
		if !errors.Is(e.err, c.want) {
			t.Errorf("%s: %v", c.why, e.err)
		}
	}
}

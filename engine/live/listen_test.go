package live

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"tocsin/rules"
)

// TestListeners: what hears people elsewhere runs while its world is in force, and
// is waited for before that is closed.
func TestListeners(t *testing.T) {
	var mu sync.Mutex
	var heard []string
	say := func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, fmt.Sprintf(format, args...))
	}
	world := func(name string) World {
		return World{
			Listen: []func(context.Context){func(ctx context.Context) {
				say("%s listens", name)
				<-ctx.Done()
				time.Sleep(time.Second) // it has something to finish
				say("%s is deaf", name)
			}},
			Close: func() { say("%s is closed", name) },
		}
	}
	inBubble(t, &script{}, Options{World: world("a")}, func(t *testing.T, b *bubble) {
		b.at(s)
		if err := b.Reload(t.Context(), &rules.Config{}, world("b")); err != nil {
			t.Fatal(err)
		}
		b.at(5 * s)
		if _, err := b.stop(t); err != nil {
			t.Fatal(err)
		}
	})
	same(t, "heard", heard, []string{"a listens", "b listens", "a is deaf", "a is closed", "b is deaf", "b is closed"})
}

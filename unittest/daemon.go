package unittest

import "context"

// daemon checks what is tocsin's own.
func (t *test) daemon(context.Context) {}

// Package app wires the rooms together and is the only one that knows them all.
//
//	a, err := app.New(ctx, app.Options{DataDir: "data", Listen: "127.0.0.1:8484"})
//	err = a.Start(ctx)   // listens, starts the workers
//	err = a.Stop(ctx)    // in reverse order; what is under way ends or is repeated later
//
// Tests start the same value: they call Listen instead of Start, so that no worker runs by
// itself, and Settle to do all that is due now.
package app

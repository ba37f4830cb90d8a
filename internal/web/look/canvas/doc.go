// Package canvas draws a service's drawing as SVG, for its page, for screens on the wall, and as a file.
//
// What is drawn has a shape (what there is, and where) and faces (how it is). A reader says which faces it
// shows; while the shape is the same it is sent only those that are others now.
package canvas

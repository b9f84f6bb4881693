/* Inputs and outputs of a SavedModel's signature, read from the MetaGraphDef that loading it gives. */
#ifndef SIGNATURE_H
#define SIGNATURE_H

#include <stddef.h>
#include <stdint.h>

enum { MOST_TENSORS = 64, LONGEST_NAME = 256 };

typedef struct {
  char name[LONGEST_NAME];   /* in the signature, such as "image_bytes" */
  char tensor[LONGEST_NAME]; /* in the graph, such as "serving_default_image_bytes:0" */
} TensorName;

typedef struct {
  int input_count, output_count;
  TensorName inputs[MOST_TENSORS], outputs[MOST_TENSORS];
} Signature;

/* Ends the program with a message when the MetaGraphDef has no signature of that name. */
Signature find_signature(const uint8_t *meta_graph, size_t size, const char *name);

#endif

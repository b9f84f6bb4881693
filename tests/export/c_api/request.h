/* Requests from a file: named tensors, one request after the other.
 *
 *   request 2                      how many tensors follow
 *   image_bytes string 1 3        name, type, rank, sizes; behind the line three strings, each behind its length
 *   age float32 2 3 1             behind the line 12 bytes
 *
 * Lengths are four bytes, numbers as they lie in memory, both little end first. request_file.py writes such files. */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stdio.h>

#include "signature.h"
#include "tensorflow/c/c_api.h"

typedef struct {
  int count;
  char names[MOST_TENSORS][LONGEST_NAME];
  TF_Tensor *values[MOST_TENSORS];
} Request;

/* Reads the next request; false at the end of the file. Ends the program when the file is none. */
bool read_request(FILE *file, Request *request);

#endif

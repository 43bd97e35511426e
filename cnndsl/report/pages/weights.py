"""Pages on files of weights. No `.cnn` text alone can show these: they take a file beside it."""

from __future__ import annotations

WEIGHTS: dict[str, str] = {
    "weights-unreadable": "The file is none that torch.save or safetensors writes, or it is cut off or damaged. Its "
    "header alone is read, and nothing in it is executed: an object that is no tensor is refused.",
    "weights-missing": "The network has weights that the file lacks. The mark stands at the layer that wants them; the "
    "help names the tensor of the file that has their shape and their place.",
    "weights-shape": "The file has a tensor of this name in another shape, so the layer was made in another size.",
    "weights-unexpected": "The file has tensors that no layer of the network wants: a layer was removed or renamed.",
    "weights-dtype": "The tensor is stored in another dtype. torch converts it while loading, without a word.",
    "weights-prefix": "A wrapper (DataParallel, torch.compile, Lightning) put its own name before each of the names.",
    "weights-inside": "The file is a whole checkpoint: the weights stand under a name, beside other things.",
    "weights-others": "The file holds entries that are no tensors; load_state_dict will not take them.",
}

//! The families, and the line and number of each.

use firepit_sdk::{Counter, families};

use crate::parse::Shown;

/// Each with its line, and the index of its number, from 0.
pub(crate) const FAMILIES: [((Shown, usize), Counter<1>); 39] = families! { Counter["device"]
    (Shown::ExtentAllocation, 0) => "node_xfs_extent_allocation_extents_allocated_total": "Number of extents allocated for a filesystem.",
    (Shown::ExtentAllocation, 1) => "node_xfs_extent_allocation_blocks_allocated_total": "Number of blocks allocated for a filesystem.",
    (Shown::ExtentAllocation, 2) => "node_xfs_extent_allocation_extents_freed_total": "Number of extents freed for a filesystem.",
    (Shown::ExtentAllocation, 3) => "node_xfs_extent_allocation_blocks_freed_total": "Number of blocks freed for a filesystem.",
    (Shown::AllocationTree, 0) => "node_xfs_allocation_btree_lookups_total": "Number of allocation B-tree lookups for a filesystem.",
    (Shown::AllocationTree, 1) => "node_xfs_allocation_btree_compares_total": "Number of allocation B-tree compares for a filesystem.",
    (Shown::AllocationTree, 2) => "node_xfs_allocation_btree_records_inserted_total": "Number of allocation B-tree records inserted for a filesystem.",
    (Shown::AllocationTree, 3) => "node_xfs_allocation_btree_records_deleted_total": "Number of allocation B-tree records deleted for a filesystem.",
    (Shown::BlockMap, 0) => "node_xfs_block_mapping_reads_total": "Number of block map for read operations for a filesystem.",
    (Shown::BlockMap, 1) => "node_xfs_block_mapping_writes_total": "Number of block map for write operations for a filesystem.",
    (Shown::BlockMap, 2) => "node_xfs_block_mapping_unmaps_total": "Number of block unmaps (deletes) for a filesystem.",
    (Shown::BlockMap, 3) => "node_xfs_block_mapping_extent_list_insertions_total": "Number of extent list insertions for a filesystem.",
    (Shown::BlockMap, 4) => "node_xfs_block_mapping_extent_list_deletions_total": "Number of extent list deletions for a filesystem.",
    (Shown::BlockMap, 5) => "node_xfs_block_mapping_extent_list_lookups_total": "Number of extent list lookups for a filesystem.",
    (Shown::BlockMap, 6) => "node_xfs_block_mapping_extent_list_compares_total": "Number of extent list compares for a filesystem.",
    (Shown::BlockMapTree, 0) => "node_xfs_block_map_btree_lookups_total": "Number of block map B-tree lookups for a filesystem.",
    (Shown::BlockMapTree, 1) => "node_xfs_block_map_btree_compares_total": "Number of block map B-tree compares for a filesystem.",
    (Shown::BlockMapTree, 2) => "node_xfs_block_map_btree_records_inserted_total": "Number of block map B-tree records inserted for a filesystem.",
    (Shown::BlockMapTree, 3) => "node_xfs_block_map_btree_records_deleted_total": "Number of block map B-tree records deleted for a filesystem.",
    (Shown::Directory, 0) => "node_xfs_directory_operation_lookup_total": "Number of file name directory lookups which miss the operating systems directory name lookup cache.",
    (Shown::Directory, 1) => "node_xfs_directory_operation_create_total": "Number of times a new directory entry was created for a filesystem.",
    (Shown::Directory, 2) => "node_xfs_directory_operation_remove_total": "Number of times an existing directory entry was created for a filesystem.",
    (Shown::Directory, 3) => "node_xfs_directory_operation_getdents_total": "Number of times the directory getdents operation was performed for a filesystem.",
    (Shown::Inode, 0) => "node_xfs_inode_operation_attempts_total": "Number of times the OS looked for an XFS inode in the inode cache.",
    (Shown::Inode, 1) => "node_xfs_inode_operation_found_total": "Number of times the OS looked for and found an XFS inode in the inode cache.",
    (Shown::Inode, 2) => "node_xfs_inode_operation_recycled_total": "Number of times the OS found an XFS inode in the cache, but could not use it as it was being recycled.",
    (Shown::Inode, 3) => "node_xfs_inode_operation_missed_total": "Number of times the OS looked for an XFS inode in the cache, but did not find it.",
    (Shown::Inode, 4) => "node_xfs_inode_operation_duplicates_total": "Number of times the OS tried to add a missing XFS inode to the inode cache, but found it had already been added by another process.",
    (Shown::Inode, 5) => "node_xfs_inode_operation_reclaims_total": "Number of times the OS reclaimed an XFS inode from the inode cache to free memory for another purpose.",
    (Shown::Inode, 6) => "node_xfs_inode_operation_attribute_changes_total": "Number of times the OS explicitly changed the attributes of an XFS inode.",
    (Shown::Calls, 0) => "node_xfs_write_calls_total": "Number of write(2) system calls made to files in a filesystem.",
    (Shown::Calls, 1) => "node_xfs_read_calls_total": "Number of read(2) system calls made to files in a filesystem.",
    (Shown::Vnodes, 0) => "node_xfs_vnode_active_total": "Number of vnodes not on free lists for a filesystem.",
    (Shown::Vnodes, 1) => "node_xfs_vnode_allocate_total": "Number of times vn_alloc called for a filesystem.",
    (Shown::Vnodes, 2) => "node_xfs_vnode_get_total": "Number of times vn_get called for a filesystem.",
    (Shown::Vnodes, 3) => "node_xfs_vnode_hold_total": "Number of times vn_hold called for a filesystem.",
    (Shown::Vnodes, 4) => "node_xfs_vnode_release_total": "Number of times vn_rele called for a filesystem.",
    (Shown::Vnodes, 5) => "node_xfs_vnode_reclaim_total": "Number of times vn_reclaim called for a filesystem.",
    (Shown::Vnodes, 6) => "node_xfs_vnode_remove_total": "Number of times vn_remove called for a filesystem.",
};
